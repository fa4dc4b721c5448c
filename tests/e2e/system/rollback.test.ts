import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLoad } from '../../lab/load/load.ts';
import { perSecond } from '../../lab/load/rate.ts';
import type { Registry } from '../../lab/registry/registry.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const VERSIONS = [1, 2, 3];
const RATE = perSecond(300);
const SOCKETS = 10;

const [digests, registries]: [string[], Registry[]] = [[''], []];
const lab = useCluster({
  images: VERSIONS.map((version) => `orca-test/app:${version}`),
  prepare: async ({ engine }) => {
    const registry = await engine.startRegistry();
    registries.push(registry);
    for (const version of VERSIONS) digests.push(await registry.push(`orca-test/app:${version}`, `shop:${version}`));
    return registry;
  },
});

const manifest = (version: number) =>
  lab.orca.manifest(
    'web',
    `project: shop
services:
  web:
    image: 127.0.0.1:5000/shop:${version}
    replicas: 2
    port: 8080
    domain: shop.example.com
    health: /healthz
    env: {SLOW_MS: "500"}
    deploy: {monitor: 1s}
`,
  );

const load = () => startLoad({ address: lab.engine.address, host: 'shop.example.com', rate: RATE, sockets: SOCKETS });
const exitOf = async (...args: string[]) => {
  const { code, stdout, stderr } = await lab.orca.orca(...args);
  return code === 0 ? 0 : `${code}: ${stdout}${stderr}`;
};
const history = async () => JSON.parse((await lab.orca.orca('history', 'web', '--json')).stdout);
/** Once no container is left of it. */
const removeImage = (of: number) =>
  until('the image to be removed', () =>
    lab.engine.docker(['rmi', `127.0.0.1:5000/shop@${digests[of]}`]).then(
      () => true,
      () => false,
    ),
  );

test('rollbacks and a restart under load: each goes where it should, and no request fails', async (t) => {
  for (const each of VERSIONS) assert.equal(await exitOf('deploy', '-f', manifest(each)), 0);
  assert.equal((await history()).rollback_to, 2);
  await using running = await load();

  assert.equal(await exitOf('rollback', 'web'), 0, 'back to 2');
  assert.equal(await exitOf('rollback'), 0, 'further back, to 1: there is one service');
  assert.equal(await exitOf('rollback', 'web', '--to', '3'), 0);
  const before = await lab.orca.containers('web');
  assert.equal(await exitOf('restart', 'web'), 0);
  await until('the old tasks to be gone', async () => (await lab.orca.containers('web')).length === 2);
  const after = await lab.orca.containers('web');
  assert.deepEqual(
    after.filter((one) => before.includes(one)),
    [],
    'every task is new',
  );

  const seen = await running.stop();
  t.diagnostic(JSON.stringify(seen));
  assert.deepEqual(seen.failures, []);
  assert.equal(seen.failed, 0);
  assert.deepEqual(Object.keys(seen.versions).sort(), ['1', '2', '3']);
  const { revisions, rollback_to } = await history();
  assert.deepEqual(
    revisions.map((one: Record<string, unknown>) => [one['revision'], one['note'], one['outcome']]),
    [
      [6, 'rolled back to revision 3', 'succeeded'],
      [5, 'rolled back to revision 1', 'succeeded'],
      [4, 'rolled back to revision 2', 'succeeded'],
      ...[3, 2, 1].map((number) => [number, null, 'succeeded']),
    ],
  );
  assert.equal(rollback_to, 2);
});

test('an image that was removed is pulled again by its digest, though its tag has moved; no request fails', async () => {
  await removeImage(2);
  await registries[0]?.push('orca-test/app:1', 'shop:2');
  const plan = await lab.orca.orca('rollback', 'web', '--to', '2', '--plan');
  assert.match(plan.stdout, new RegExp(`pull 127.0.0.1:5000/shop@${digests[2]}`));
  await using running = await load();
  assert.equal(await exitOf('rollback', 'web', '--to', '2'), 0);
  const seen = await running.stop();
  assert.deepEqual([seen.failed, seen.failures], [0, []]);
  assert.deepEqual(Object.keys(seen.versions).sort(), ['2', '3']);
});

test('an image that nobody has any more is refused, by the plan too, and what runs serves', async () => {
  await removeImage(3);
  await registries[0]?.stop();
  const plan = await lab.orca.orca('rollback', 'web', '--to', '3', '--plan');
  assert.equal(plan.code, 8, plan.stdout);
  assert.match(plan.stdout, /web would be refused: the image of revision 3 is not on the engine any more, and image/);
  const { code, stderr } = await lab.orca.orca('rollback', 'web', '--to', '3');
  assert.equal(code, 8, stderr);
  assert.match(stderr, /the image of revision 3 is not on the engine any more/);
  assert.equal((await history()).revisions[0].revision, 7);
});
