import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choices } from '../../cluster/choices.ts';
import { seed } from '../../cluster/seed.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

/** The rule itself is held in tests/cluster, at every point of a rollout; here, that a real server and engine are no other. */
const KILLS = 3;
const SEED = seed();

const lab = useCluster({ images: ['orca-test/web:1', 'orca-test/web:2'] });

const manifest = (version: number, replicas: number) =>
  lab.orca.manifest(
    'kill',
    `project: shop
services:
  web:
    image: orca-test/web:${version}
    replicas: ${replicas}
    port: 8080
    domain: shop.example.com
    health: /healthz
    deploy: {monitor: 500ms, parallelism: 2}
  still:
    image: orca-test/web:1
    port: 8080
    domain: still.example.com
    health: /healthz
    deploy: {monitor: 0s}
`,
  );

const steps = () => lab.orca.serverLog().filter(({ msg }) => msg === 'step').length;

interface Status {
  readonly services: readonly {
    readonly name: string;
    readonly status: string;
    readonly replicas: number;
    readonly running_replicas: number;
    readonly unknown: readonly string[];
    readonly tasks: readonly { readonly id: string; readonly slot: number; readonly health: string }[];
  }[];
}

/** Running containers are what is wanted, no slot twice, nothing that the store does not know. */
async function assertConverged(replicas: number) {
  await until('the service to be as wanted', async () => {
    const { services } = JSON.parse((await lab.orca.api('GET', '/api/v1/status')).body) as Status;
    const web = services.find(({ name }) => name === 'web');
    return (
      web?.status === 'running' &&
      web.replicas === replicas &&
      web.running_replicas === replicas &&
      (await lab.orca.containers('web')).length === replicas
    );
  });
  const { services } = JSON.parse((await lab.orca.api('GET', '/api/v1/status')).body) as Status;
  const web = services.find(({ name }) => name === 'web');
  const slots = web?.tasks.filter(({ health }) => health !== 'none').map(({ slot }) => slot) ?? [];
  assert.deepEqual(
    [...slots].sort(),
    Array.from({ length: replicas }, (_, i) => i + 1),
  );
  assert.deepEqual(web?.unknown, []);
  const known = new Set(web?.tasks.map(({ id }) => id));
  for (const line of await lab.orca.containers('web'))
    assert.ok(known.has(line.split(' ')[1] ?? ''), `${line} is known`);
}

test(`kill -9 of the server at ${KILLS} steps (ORCA_SEED=${SEED}): each time it finishes what was begun, and touches nothing else`, async (t) => {
  const choose = choices(SEED);
  t.diagnostic(`ORCA_SEED=${SEED}`);
  assert.equal((await lab.orca.orca('deploy', '-f', manifest(1, 3))).code, 0);
  const still = await lab.orca.containers('still');
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const [version, replicas, after] = [1 + (kill % 2), 2 + choose(3), 1 + choose(12)];
    const from = steps();
    const deploying = lab.orca.orca('deploy', '--detach', '-f', manifest(version, replicas));
    await until(`step ${after} of deploy ${kill}`, () => steps() >= from + after, 8_000, 1).catch(() => {});
    lab.orca.killServer();
    await deploying;
    await lab.orca.startServer();
    // The wish may have been lost with the server before it was acknowledged: then it is made again.
    const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', manifest(version, replicas));
    assert.equal(code, 0, `kill ${kill}: ${stdout}${stderr}`);
    await assertConverged(replicas);
    assert.deepEqual(await lab.orca.containers('still'), still, 'the other service kept its container');
  }
});
