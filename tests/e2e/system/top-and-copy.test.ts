import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const SHOP = `project: shop
services:
  web: {image: orca-test/web:1, port: 8080, domain: shop.example.com, replicas: 2, resources: {memory: 64Mi}, deploy: {monitor: 0s}}
`;
const lab = useCluster({
  images: ['orca-test/web:1'],
  begin: async (orca) => {
    const { code, stdout, stderr } = await orca.orca('deploy', '-f', orca.manifest('shop', SHOP));
    assert.equal(code, 0, stdout + stderr);
  },
});

interface Used {
  readonly slot: number;
  readonly cpu_percent: number;
  readonly memory_bytes: number;
  readonly memory_limit_bytes: number;
  readonly pids: number;
  readonly reason: string | null;
}

const used = async (...args: readonly string[]): Promise<readonly Used[]> => {
  const { code, stdout, stderr } = await lab.orca.orca('top', '--json', ...args);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).tasks;
};

test('top: each task with what it uses, the machine, and a busy one by its CPU', async () => {
  const { code, stdout } = await lab.orca.orca('top');
  assert.equal(code, 0);
  assert.match(stdout, /^local: CPU [\d.]+ % of \d+ % .* memory .* of /m);
  for (const slot of [1, 2]) assert.match(stdout, new RegExp(`^web\\.${slot} +shop +[\\d.]+ .* 64 MiB `, 'm'));
  const burning = lab.orca.startOrca('exec', 'web', '--task', '2', '--', 'sh', '-c', 'while :; do :; done');
  try {
    await until('slot 2 to be the busy one', async () => {
      const [first] = await used('web', '--task', '2');
      return first?.slot === 2 && first.reason === null && first.cpu_percent > 5;
    });
  } finally {
    burning.kill('SIGKILL');
  }
});
