import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSilentDocker } from '../../lab/silent-docker.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({
  images: ['orca-test/web:1', 'orca-test/web:2'],
  docker: (engine) => startSilentDocker(engine.socket, join(engine.dir, 'silent.sock')),
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

const steps = () => lab.orca.serverLog().filter(({ msg }) => msg === 'step').length;
const isOver = async () =>
  JSON.parse((await lab.orca.api('GET', '/api/v1/deployments')).body).deployments[0].state === 'succeeded';
const isSteady = async () => /"status":"running"/.test((await lab.orca.api('GET', '/api/v1/status')).body);

test('with every Docker event dropped, a service is deployed and a killed task is found and replaced', async () => {
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', web(1));
  assert.equal(code, 0, stdout + stderr);
  const [before = ''] = await lab.orca.containers('web');
  await lab.engine.docker(['kill', before.split(' ')[0] ?? '']);
  await until(
    'another container',
    async () => {
      const now = await lab.orca.containers('web');
      return now.length === 1 && now[0] !== before && (await lab.orca.ask('shop.example.com')).status === 200;
    },
    40_000,
  );
});

/** After each thing that it does, to the end: tests/cluster. */
const KILLS = 3;

test('with every event dropped and the server killed after a step, some times in a rollout, it arrives all the same', async () => {
  let seen = steps();
  assert.equal((await lab.orca.orca('deploy', '--detach', '-f', web(2))).code, 0);
  for (let kills = 0; kills < KILLS; kills += 1) {
    await until('the next step, or the end', async () => steps() > seen || (await isOver()), undefined, 1);
    lab.orca.killServer();
    seen = steps();
    lab.orca.launchServer();
  }
  await until(
    'the new version alone',
    async () => {
      const one = (await lab.orca.containers('web')).length === 1;
      return one && (await isSteady()) && (await lab.orca.ask('shop.example.com')).body === '2\n';
    },
    40_000,
  );
});
