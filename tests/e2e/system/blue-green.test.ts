import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startLoad } from '../../lab/load/load.ts';
import { perSecond } from '../../lab/load/rate.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const RATE = perSecond(300);
const SOCKETS = 20;
const EXAMPLE = readFileSync('examples/blue-green/orca.yml', 'utf8');

/** The example as it is, but for its image: here it is the app that the load talks to. */
const lab = useCluster({
  images: ['orca-test/app:1', 'orca-test/app:2'],
});

const file = (version: number) =>
  lab.orca.manifest('blue-green', EXAMPLE.replace('orca-hello:1', `orca-test/app:${version}`));
const deploy = (version: number, ...more: string[]) => lab.orca.orca('deploy', ...more, '-f', file(version));
const load = () =>
  startLoad({ address: lab.engine.address, host: 'blue-green.localhost', rate: RATE, sockets: SOCKETS });

interface Task {
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly routed: boolean;
  readonly kept_until: number | null;
}
const tasks = async (): Promise<readonly Task[]> =>
  JSON.parse((await lab.orca.api('GET', '/api/v1/status')).body).services[0].tasks.filter(
    ({ state }: Task) => state === 'running',
  );
const idsOf = (some: readonly Task[]) => some.map(({ id }) => id).sort();
const stepKinds = () =>
  lab.orca
    .serverLog()
    .filter(({ msg }) => msg === 'step')
    .map(({ kind }) => String(kind));

test(`blue-green and its way back under ${RATE} requests a second and ${SOCKETS} WebSockets: none fails, and the way back starts nothing`, async (t) => {
  assert.equal((await deploy(1)).code, 0);
  const plan = await lab.orca.orca('plan', '-f', file(2));
  assert.match(plan.stdout, /memory for 2 more tasks: 256Mi, 128Mi each/);
  await using loading = await load();
  const there = await deploy(2);
  assert.equal(there.code, 0, there.stdout + there.stderr);
  const both = await tasks();
  const blue = both.filter(({ kept_until }) => kept_until !== null);
  const green = both.filter(({ kept_until }) => kept_until === null);
  assert.deepEqual([blue.length, green.length], [2, 2]);
  assert.ok(blue.every(({ routed, revision }) => !routed && revision === 1) && green.every(({ routed }) => routed));
  assert.match((await lab.orca.orca('ps')).stdout, /kept until \d\d:\d\d/);
  const starts = stepKinds().filter((kind) => kind === 'assign').length;
  for (const [go, serving, kept] of [
    [() => lab.orca.orca('rollback', 'web'), blue, green],
    [() => deploy(2), green, blue],
    [() => deploy(1), blue, green],
  ] as const) {
    const back = await go();
    assert.equal(back.code, 0, back.stdout + back.stderr);
    const now = await tasks();
    assert.deepEqual(idsOf(now.filter(({ routed }) => routed)), idsOf(serving));
    assert.deepEqual(idsOf(now.filter(({ kept_until }) => kept_until !== null)), idsOf(kept));
  }
  assert.equal(stepKinds().filter((kind) => kind === 'assign').length, starts, 'no task was started for it');
  const seen = await loading.stop();
  t.diagnostic(JSON.stringify(seen));
  assert.deepEqual([seen.failures, seen.failed], [[], 0]);
  assert.ok((seen.versions['1'] ?? 0) > 0 && (seen.versions['2'] ?? 0) > 0, 'both versions answered');
  assert.ok(seen.frames > 0, 'WebSockets talked');
  assert.equal(seen.closed, 0, 'those of a set that is kept stay open');
});

/** At each thing that is done: tests/cluster. Here, that a real server and engine are no other. */
const KILLS = ['cut-over', 'cut-over-done', 'keep'];

test('kill -9 of the server at the switch, in the middle of it, and before the old set is kept: no request fails, and it ends as asked', async (t) => {
  assert.equal((await deploy(1)).code, 0);
  await using loading = await load();
  for (const [round, kind] of KILLS.entries()) {
    const version = round % 2 === 0 ? 2 : 1;
    const count = () => stepKinds().filter((each) => each === kind).length;
    // Kept tasks are not started again: another revision is, which differs in what a container is made with.
    const text = EXAMPLE.replace('orca-hello:1', `orca-test/app:${version}\n    env: {ROUND: "${round}"}`).replace(
      'monitor: 2s',
      'monitor: 500ms',
    );
    const changed = lab.orca.manifest('round', text);
    const before = count();
    const deploying = lab.orca.orca('deploy', '--detach', '-f', changed);
    await until(`step ${kind}`, () => count() > before, undefined, 1);
    lab.orca.killServer();
    await deploying;
    await lab.orca.startServer();
    const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', changed);
    assert.equal(code, 0, `${kind}: ${stdout}${stderr}`);
    await until(`two tasks to serve and two to be kept after a kill at ${kind}`, async () => {
      const now = await tasks();
      const kept = now.filter(({ kept_until }) => kept_until !== null);
      return now.filter(({ routed }) => routed).length === 2 && kept.length === 2 && now.length === 4;
    });
  }
  const seen = await loading.stop();
  t.diagnostic(JSON.stringify(seen));
  assert.deepEqual([seen.failures, seen.failed], [[], 0]);
});
