import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startLoad } from '../../lab/load/load.ts';
import { perSecond } from '../../lab/load/rate.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const RATE = perSecond(300);
const SOCKETS = 20;
const HOST = 'canary.localhost';

const lab = useCluster({ images: ['orca-test/app:1', 'orca-test/app:2'] });

/** One that divides request by request: one client then sees the shares. */
const file = (version: number, round = 0) =>
  lab.orca.manifest(
    'canary',
    `project: canary
services:
  web:
    image: orca-test/app:${version}
    replicas: 3
    port: 8080
    domain: ${HOST}
    health: /healthz
    env: {ROUND: "${round}"}
    deploy:
      strategy: canary
      canary: {steps: [25, 50], by: request}
      monitor: 1s
`,
  );
const orca = async (...args: readonly string[]) => {
  const ran = await lab.orca.orca(...args);
  assert.equal(ran.code, 0, `orca ${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
  return ran;
};

interface Task {
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly routed: boolean;
  readonly health: string;
}
const service = async () => JSON.parse((await lab.orca.api('GET', '/api/v1/status')).body).services[0];
const tasks = async (): Promise<readonly Task[]> =>
  (await service()).tasks.filter(({ state }: Task) => state === 'running');
const newest = async () => JSON.parse((await lab.orca.api('GET', '/api/v1/deployments')).body).deployments[0];

/** Tasks of each revision that get requests, by its number. */
const counts = async (): Promise<Readonly<Record<string, number>>> => {
  const routed = (await tasks()).filter((task) => task.routed);
  return Object.fromEntries(
    [...Map.groupBy(routed, ({ revision }) => revision)].map(([of, some]) => [of, some.length]),
  );
};

const ASKED = 200;
/** Percent of the answers that this version gives. */
async function shareOf(version: number): Promise<number> {
  let hits = 0;
  for (let asked = 0; asked < ASKED; asked += 1) {
    const { status, headers } = await lab.orca.ask(HOST);
    assert.equal(status, 200);
    if (headers['x-version'] === String(version)) hits += 1;
  }
  return (100 * hits) / ASKED;
}

interface Stand {
  readonly step: string;
  readonly weight: number;
  readonly version: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Exact over all requests; beside a load these are a sample of them, with four standard deviations. */
const EXACT = 2;
const SAMPLED = 14;

/** What is told of the canary, and what clients see of it. */
async function assertStands(wanted: Stand, tolerance = SAMPLED): Promise<void> {
  const { state, strategy, step, weight } = await newest();
  assert.deepEqual([state, strategy, step, weight], ['paused', 'canary', wanted.step, wanted.weight]);
  // A server that has just begun has not read its engine yet.
  await until('the word of the service', async () => (await service()).status === 'deploying');
  await until('every task to be routed and ready', async () => {
    const isReady = (await tasks()).every(({ routed, health }) => !routed || health === 'ready');
    return isReady && JSON.stringify(await counts()) === JSON.stringify(wanted.counts);
  });
  const seen = await shareOf(wanted.version);
  assert.ok(Math.abs(seen - wanted.weight) <= tolerance, `${seen} % of the requests at a weight of ${wanted.weight}`);
}

async function killServer(): Promise<void> {
  lab.orca.killServer();
  await lab.orca.startServer();
}

const running = async (role: string): Promise<readonly number[]> =>
  (await lab.engine.exec(['pgrep', '-f', `${role} --data ${lab.orca.dir}`])).trim().split('\n').map(Number);

async function killDataPlane(): Promise<void> {
  for (const pid of [...(await running('ingress')), ...(await running('ingress-worker'))]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
    }
  }
  const answers = async () => (await lab.orca.ask(HOST)).status === 200;
  await until('another data plane to serve', () => answers().catch(() => false));
}

test(`a canary under ${RATE} requests a second and ${SOCKETS} WebSockets, the server killed at each step: promoted, then another one taken back, and none fails`, async (t) => {
  await orca('deploy', '-f', file(1));
  const plan = await orca('plan', '-f', file(2));
  assert.match(plan.stdout, /canary by request, beside the old tasks: 25 % \(1 task\), 50 % \(2 tasks\)/);
  await using loading = await startLoad({ address: lab.engine.address, host: HOST, rate: RATE, sockets: SOCKETS });

  const begun = await orca('deploy', '-f', file(2));
  assert.match(begun.stdout, /^web +paused +2 +3\/3/m);
  assert.match(begun.stderr, /step 1 of 2: revision 2 gets 25 % of the requests/);
  assert.match(begun.stderr, /next: `orca promote web --step`/);
  const first = { step: '1 of 2', weight: 25, version: 2, counts: { 1: 3, 2: 1 } };
  await assertStands(first);
  await killServer();
  await assertStands(first);

  await orca('promote', 'web', '--step');
  const second = { step: '2 of 2', weight: 50, version: 2, counts: { 1: 3, 2: 2 } };
  await assertStands(second);
  await killServer();
  await assertStands(second);

  await orca('promote', 'web');
  const promoted = await newest();
  assert.deepEqual([promoted.state, promoted.weight], ['succeeded', 100]);
  assert.deepEqual(await counts(), { 2: 3 });
  assert.equal(await shareOf(2), 100);
  assert.equal((await lab.orca.orca('promote', 'web')).code, 8, 'there is no canary any more');

  const kept = (await tasks()).filter(({ revision }) => revision === 2).map(({ id }) => id);
  await orca('deploy', '-f', file(1, 1));
  await assertStands({ step: '1 of 2', weight: 25, version: 1, counts: { 2: 3, 3: 1 } });
  assert.equal((await lab.orca.orca('deploy', '-f', file(2, 2))).code, 8, 'another deploy does not end it');
  await orca('rollback', 'web');
  const back = await newest();
  assert.deepEqual([back.state, back.failure], ['rolled-back', null]);
  assert.deepEqual(await counts(), { 2: 3 });
  const left = (await tasks()).filter(({ routed }) => routed).map(({ id }) => id);
  assert.deepEqual(left.sort(), kept.sort(), 'nothing was started for the way back');

  const seen = await loading.stop();
  t.diagnostic(JSON.stringify(seen));
  assert.deepEqual([seen.failures, seen.failed], [[], 0]);
  assert.ok((seen.versions['1'] ?? 0) > 0 && (seen.versions['2'] ?? 0) > 0, 'both versions answered');
  assert.ok(seen.frames > 0, 'WebSockets talked');
});

test('the data plane killed at each step: step, share and tasks are what they were', async () => {
  await orca('deploy', '--replace', '-f', file(1, 3));
  const { to, from } = await newest();
  const stands = (step: string, weight: number, count: number) =>
    assertStands({ step, weight, version: 1, counts: { [from]: 3, [to]: count } }, EXACT);
  await stands('1 of 2', 25, 1);
  await killDataPlane();
  await stands('1 of 2', 25, 1);
  await orca('promote', 'web', '--step');
  await killDataPlane();
  await stands('2 of 2', 50, 2);
  await orca('promote', 'web');
  assert.deepEqual(await counts(), { [to]: 3 });
});

test('a canary that crashes while it waits goes back by itself, and says why; nothing of the old version was touched', async () => {
  const before = (await tasks()).map(({ id }) => id).sort();
  const crashing = lab.orca.manifest(
    'crashing',
    readFileSync(file(2, 4), 'utf8').replace('ROUND:', 'EXIT_AFTER_MS: "4000", ROUND:'),
  );
  await lab.orca.orca('deploy', '-f', crashing);
  await until('it to go back', async () => (await newest()).state === 'rolled-back');
  assert.match((await newest()).failure.reason, /web\.1 (was ready, then )?exited with code 1/);
  await until(
    'its tasks to be gone',
    async () => JSON.stringify((await tasks()).map(({ id }) => id).sort()) === JSON.stringify(before),
  );
});
