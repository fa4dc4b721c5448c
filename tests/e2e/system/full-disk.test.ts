import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../lab/command.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({
  images: ['orca-test/web:1', 'orca-test/web:2'],
  prepare: async ({ dir }) => {
    await run(['mount', '-t', 'tmpfs', '-o', 'size=24m,mode=711', 'tmpfs', dir]);
    return { stop: async () => void (await run(['umount', '--lazy', dir])) };
  },
});

const web = (version: number) =>
  lab.orca.manifest(
    'web',
    `project: shop
services:
  web:
    image: orca-test/web:${version}
    port: 8080
    domain: shop.example.com
    health: /healthz
    deploy: {monitor: 500ms}
`,
  );

test('a full disk: writes are refused with the reason, reads and traffic go on, and it recovers by itself', async () => {
  assert.equal((await lab.orca.orca('deploy', '-f', web(1))).code, 0);
  const filler = join(lab.orca.dir, 'filler');
  await run(['sh', '-c', 'head -c 64m /dev/zero > "$1"', 'sh', filler]).catch(() => {});

  const refused = await lab.orca.orca('deploy', '-f', web(2));
  assert.notEqual(refused.code, 0);
  assert.match(refused.stdout + refused.stderr, /disk|space/);
  assert.equal((await lab.orca.api('POST', '/api/v1/services/web/scale', { replicas: 3 })).status, 503);
  assert.equal((await lab.orca.api('GET', '/api/v1/health')).status, 503);
  const status = await lab.orca.api('GET', '/api/v1/status');
  assert.equal(status.status, 200);
  assert.match(status.body, /"running_replicas":1/);
  assert.equal((await lab.orca.ask('shop.example.com')).body, '1\n');

  rmSync(filler);
  await until('the health to come back', async () => (await lab.orca.api('GET', '/api/v1/health')).status === 200);
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', web(2));
  assert.equal(code, 0, stdout + stderr);
  assert.equal((await lab.orca.ask('shop.example.com')).body, '2\n');
});
