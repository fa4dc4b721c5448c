import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

test('a worker that does not acknowledge: the deployment says what it waits for, and nothing is stopped before that one is killed', async () => {
  assert.equal((await lab.orca.orca('deploy', '-f', web(1))).code, 0);
  const before = await lab.orca.containers('web');
  const [worker = 0] = numbers(await lab.engine.exec(['pgrep', '-of', `ingress-worker --data ${lab.orca.dir}`]));

  process.kill(worker, 'SIGSTOP');
  const deploying = lab.orca.orca('deploy', '-f', web(2));
  await until('four tasks', async () => (await lab.orca.containers('web')).length === 4, 30_000);
  await until(
    'the reason',
    async () => /has not acknowledged/.test((await lab.orca.api('GET', '/api/v1/deployments')).body),
    20_000,
  );
  const now = await lab.orca.containers('web');
  assert.ok(
    before.every((one) => now.includes(one)),
    'the old containers run on',
  );

  const { code, stderr } = await deploying;
  assert.equal(code, 0, stderr);
  await until('the old ones to go', async () => (await lab.orca.containers('web')).length === 2, 30_000);
  const killed = dataPlaneLog().find(
    ({ msg, pid }) => msg === 'a worker does not answer and is killed' && pid === worker,
  );
  const steps = lab.orca
    .serverLog()
    .filter(({ msg, kind }) => msg === 'step' && (kind === 'unroute' || kind === 'stop'));
  assert.ok(steps.length > 0);
  for (const step of steps) assert.ok(String(step['time']) > String(killed?.['time']), JSON.stringify([killed, step]));
});

const dataPlaneLog = (): readonly Readonly<Record<string, unknown>>[] =>
  readFileSync(join(lab.orca.dir, 'ingress', 'ingress.log'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
