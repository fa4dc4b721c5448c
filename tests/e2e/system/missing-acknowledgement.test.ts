import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/web:1', 'orca-test/web:2'] });

/** Its tasks are ready when the test lets them. */
const GATED = '    command: [sh, -c, "until test -f /go; do sleep 0.1; done; exec httpd -f -p 8080 -h /www"]\n';

const web = (version: number, more = '') =>
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
${more}`,
  );

const numbers = (text: string): number[] => text.split('\n').filter(Boolean).map(Number);

test('a worker that does not acknowledge: the deployment says what it waits for, and nothing is stopped before that one is killed', async () => {
  assert.equal((await lab.orca.orca('deploy', '-f', web(1))).code, 0);
  const before = await lab.orca.containers('web');
  const [worker = 0] = numbers(await lab.engine.exec(['pgrep', '-of', `ingress-worker --data ${lab.orca.dir}`]));

  const deploying = lab.orca.orca('deploy', '-f', web(2, GATED));
  const fresh = await until('two tasks more', async () => {
    const found = (await lab.orca.containers('web')).filter((one) => !before.includes(one));
    return found.length === 2 && found;
  });
  // From here on it is a matter of seconds: one that does not answer is killed after ten.
  process.kill(worker, 'SIGSTOP');
  for (const one of fresh) await lab.engine.docker(['exec', one.split(' ')[0] ?? '', 'sh', '-c', ': >/go']);
  await until('the reason', async () =>
    /has not acknowledged/.test((await lab.orca.api('GET', '/api/v1/deployments')).body),
  );

  const { code, stderr } = await deploying;
  assert.equal(code, 0, stderr);
  await until('the old ones to go', async () => (await lab.orca.containers('web')).length === 2);
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
