import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LabCluster, startCluster } from '../../lab/cluster.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { type SilentDocker, startSilentDocker } from '../../lab/silent-docker.ts';
import { until } from '../../lab/until.ts';

let engine: LabEngine;
let docker: SilentDocker;
let orca: LabCluster;

before(async () => {
  engine = await startEngine();
  await engine.ensureImage('orca-test/web:1');
  await engine.ensureImage('orca-test/web:2');
  docker = await startSilentDocker(engine.socket, join(engine.dir, 'silent.sock'));
  orca = await startCluster(engine, { docker: docker.url });
  await orca.startServer();
});

after(async () => {
  await orca?.stop();
  await docker?.stop();
  await engine?.stop();
});

const web = (version: number) =>
  orca.manifest(
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

const steps = () => orca.serverLog().filter(({ msg }) => msg === 'step').length;
const isSteady = async () => /"status":"running"/.test((await orca.api('GET', '/api/v1/status')).body);

test('with every Docker event dropped, a service is deployed and a killed task is found and replaced', async () => {
  const { code, stdout, stderr } = await orca.orca('deploy', '-f', web(1));
  assert.equal(code, 0, stdout + stderr);
  const [before = ''] = await orca.containers('web');
  await engine.docker(['kill', before.split(' ')[0] ?? '']);
  await until(
    'another container',
    async () => {
      const now = await orca.containers('web');
      return now.length === 1 && now[0] !== before && (await orca.ask('shop.example.com')).status === 200;
    },
    40_000,
  );
});

test('with every event dropped and the server killed after each step of a rollout, it arrives all the same', async () => {
  let seen = steps();
  assert.equal((await orca.orca('deploy', '--detach', '-f', web(2))).code, 0);
  let kills = 0;
  for (; kills < 30; kills += 1) {
    await until('the next step', () => steps() > seen, 15_000, 1).catch(() => {});
    if (steps() === seen) break;
    orca.killServer();
    seen = steps();
    orca.launchServer();
  }
  assert.ok(kills > 4, `it was killed ${kills} times in the middle`);
  await until(
    'the new version alone',
    async () => {
      const one = (await orca.containers('web')).length === 1;
      return one && (await isSteady()) && (await orca.ask('shop.example.com')).body === '2\n';
    },
    40_000,
  );
});
