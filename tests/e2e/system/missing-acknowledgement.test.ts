import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/web:1', 'orca-test/web:2'] });

const web = (version: number) =>
  lab.orca.manifest(
    'web',
    `project: shop
services:
  web:
    image: orca-test/web:${version}
    replicas: 2
    port: 8080
    domain: shop.example.com
    health: /healthz
    deploy: {monitor: 500ms, parallelism: 2}
`,
  );

const numbers = (text: string): number[] => text.split('\n').filter(Boolean).map(Number);

test('a worker that does not acknowledge: nothing is stopped meanwhile, and the deployment says what it waits for', async () => {
  assert.equal((await lab.orca.orca('deploy', '-f', web(1))).code, 0);
  const before = await lab.orca.containers('web');
  const [supervisor = 0] = numbers(await lab.engine.exec(['pgrep', '-of', `ingress --data ${lab.orca.dir}`]));
  const [worker = 0] = numbers(await lab.engine.exec(['pgrep', '-P', String(supervisor)]));

  process.kill(worker, 'SIGSTOP');
  const deploying = lab.orca.orca('deploy', '-f', web(2));
  try {
    await until('four tasks', async () => (await lab.orca.containers('web')).length === 4, 30_000);
    await until(
      'the reason',
      async () => /has not acknowledged/.test((await lab.orca.api('GET', '/api/v1/deployments')).body),
      20_000,
    );
    const stops = () =>
      lab.orca.serverLog().filter(({ msg, kind }) => msg === 'step' && (kind === 'unroute' || kind === 'stop'));
    // Several looks of the controller (one each 500 ms) pass without a step against the old tasks.
    const looks = lab.orca.serverLog().length;
    await until(
      'some more looks',
      async () => {
        await lab.orca.api('GET', '/api/v1/status');
        return lab.orca.serverLog().length > looks + 20;
      },
      30_000,
    );
    assert.deepEqual(stops(), []);
    const now = await lab.orca.containers('web');
    assert.ok(
      before.every((one) => now.includes(one)),
      'the old containers run on',
    );
  } finally {
    process.kill(worker, 'SIGCONT');
  }
  assert.equal((await deploying).code, 0);
  await until('the old ones to go', async () => (await lab.orca.containers('web')).length === 2, 30_000);
});
