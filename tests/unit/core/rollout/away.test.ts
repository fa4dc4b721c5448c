import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Task } from '../../../../src/core/model/task.ts';
import { awayFor } from '../../../../src/core/rollout/away.ts';
import { forecast } from '../../../../src/core/rollout/forecast.ts';
import { often } from '../../../lab/often.ts';
import { begin, last, settled, TICK, until } from './passes.ts';
import type { Behaviour, Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const RUNS = { numRuns: often(60, 'ORCA_PROPERTY_RUNS') };
const ONE_PORT = { ports: [{ address: '127.0.0.1', host: 9000, container: 8080, protocol: 'tcp' as const }] };
type Wish = Parameters<typeof spec>[0];
const version = (number: number, wish: Wish = {}) => ({ number, spec: spec({ ...ONE_PORT, ...wish }) });

const task = (id: string, times: Partial<Task>): Task => ({
  id,
  project: 'shop',
  service: 'web',
  slot: 1,
  revision: 1,
  hash: 'h1',
  node: 'local',
  address: '10.208.0.2',
  attempt: 0,
  phase: 'run',
  routed: true,
  assignedAt: 1_000,
  reason: '',
  ...times,
});
const started = (assignedAt: number, took: number, more: Partial<Task> = {}): Task =>
  task(`s${assignedAt}`, { assignedAt, firstRoutedAt: assignedAt + took, ...more });
const stopped = (stoppingSince: number, took: number): Task =>
  task(`e${stoppingSince}`, {
    phase: 'ended',
    stoppingSince,
    end: { at: stoppingSince + took, wanted: true, reason: '' },
  });
const ms = (tasks: readonly Task[], wish: Wish = {}, before: Wish = {}) =>
  awayFor(tasks, { from: version(1, before), to: version(2, wish) }).ms;

describe('how long a slot is away that cannot run twice', () => {
  it('is a guess while no start was seen, and longer where a command says what is ready', () => {
    const health = { command: ['true'], interval: 5_000, timeout: 1_000, failures: 3, startPeriod: 0 };
    const [plain, commanded] = [{}, { health }].map((wish) => awayFor([task('old', {})], { to: version(2, wish) }));
    assert.deepEqual([plain?.isSeen, commanded?.isSeen], [false, false]);
    assert.ok(plain && commanded && plain.ms > 0 && commanded.ms > plain.ms);
  });

  it('is what the last start and the last stop took, whatever the order of the records', () => {
    const tasks = [started(1_000, 9_000), started(50_000, 2_500), stopped(20_000, 8_000), stopped(49_000, 700)];
    const away = awayFor(tasks, { from: version(1), to: version(2) });
    assert.equal(away.isSeen, true);
    assert.ok(away.ms >= 3_200 && away.ms < 4_000, String(away.ms));
    assert.equal(ms(tasks.toReversed()), away.ms);
  });

  it('is a guess while only the first start on a volume was seen, which makes its files; no less than a third of it', () => {
    const volume = { name: 'data', driver: 'local', driverOpts: {}, shared: false };
    const writing = { volumes: [{ volume, target: '/data', readOnly: false }] };
    const of = (tasks: readonly Task[], number = 2) =>
      awayFor(tasks, { from: version(1), to: version(number, writing) });
    const first = started(1_000, 30_000);
    assert.equal(of([first]).isSeen, false);
    assert.ok(of([first]).ms >= 10_000 && of([first]).ms < 12_000, String(of([first]).ms));
    assert.equal(of([started(1_000, 900)]).ms, of([]).ms);
    const again = { ...started(50_000, 2_500), revision: 2 };
    assert.equal(of([first, again]).isSeen, true);
    assert.ok(of([again, first]).ms < 4_000);
    assert.equal(of([again]).isSeen, true);
    const restarted = started(50_000, 2_500);
    assert.equal(of([stopped(40_000, 1), restarted]).isSeen, true);
    assert.equal(awayFor([first], { from: version(1), to: version(2) }).isSeen, true);
  });

  it('counts no release command, and no start that the clock was set back in', () => {
    assert.equal(awayFor([started(1_000, 9_000, { release: {} })], { to: version(2) }).isSeen, false);
    assert.equal(awayFor([started(9_000, -8_000)], { to: version(2) }).isSeen, false);
  });

  it('has min_ready of the new version, not of the one that was measured', () => {
    const deploy = (minReady: number) => ({ deploy: { minReady } });
    const tasks = [started(1_000, 6_000)];
    assert.equal(ms(tasks, deploy(0), deploy(5_000)), ms(tasks) - 5_000);
    assert.equal(ms(tasks, deploy(5_000), deploy(5_000)), ms(tasks));
    assert.equal(ms(tasks, deploy(20_000), deploy(5_000)), ms(tasks) + 15_000);
  });

  it('is bounded by what a stop and a start may take', () => {
    const times = fc.tuple(fc.nat(10_000_000), fc.integer({ min: -10_000_000, max: 10_000_000 }));
    fc.assert(
      fc.property(fc.array(times), fc.array(times), fc.nat(60_000), (starts, stops, minReady) => {
        const wish = { stopGrace: 10_000, deploy: { deadline: 60_000, minReady } };
        const tasks = [
          ...starts.map(([at, took]) => started(at, took)),
          ...stops.map(([at, took]) => stopped(at, took)),
        ];
        const away = ms(tasks, wish, wish);
        assert.ok(away > minReady && away <= 10_000 + 60_000 + minReady + 2_000, String(away));
      }),
      RUNS,
    );
  });
});

/** What `orca plan` would say of a deployment of the same service, as the world is. */
function forecastOf({ service, revisions, tasks }: Simulator, wish: Wish) {
  const from = revisions.get(service.revision);
  const to = { ...version(revisions.size + 1, wish), project: 'shop', service: 'web', createdAt: 0 };
  return forecast({ service, from, to, replicas: service.replicas, tasks: [...tasks.values()] });
}

/** How long nothing serves until the active deployment has ended, ms. */
function unserved(world: Simulator): number {
  let away = 0;
  until(world, 'an end', () => {
    away += world.serving() === 0 ? TICK : 0;
    return world.active() === undefined;
  });
  return away;
}

it('a deployment takes a service away for as long as its plan said, within a second or twice', () => {
  const world = fc.record({
    stopDelay: fc.integer({ min: 100, max: 9_000 }),
    how: fc.constantFrom<Behaviour>('good', 'slow'),
    minReady: fc.constantFrom(0, 3_000),
    isNamed: fc.boolean(),
  });
  fc.assert(
    fc.property(world, ({ stopDelay, how, minReady, isNamed }) => {
      const wish = { ...ONE_PORT, deploy: { minReady } };
      const sim = begin(wish, how);
      Object.assign(sim, { stopDelay, isNamed });
      sim.deploy(spec(wish), how);
      settled(sim);
      const { downtime, isSeen } = forecastOf(sim, wish);
      assert.equal(isSeen, true);
      sim.deploy(spec(wish), how);
      const away = unserved(sim);
      assert.equal(last(sim)?.state, 'succeeded');
      const [less, more] = [Math.min(away, downtime), Math.max(away, downtime)];
      assert.ok(more - less <= 1_000 || more <= 2 * less, `${downtime} ms planned, ${away} ms away`);
    }),
    RUNS,
  );
});
