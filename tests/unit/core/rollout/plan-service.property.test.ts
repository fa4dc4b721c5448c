import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OrcaError } from '../../../../src/core/errors.ts';
import type { Revision } from '../../../../src/core/model/revision.ts';
import { type Plan, planService } from '../../../../src/core/rollout/plan-service.ts';
import { isUnderWay } from '../../../../src/core/rollout/plan-slots.ts';
import { slotsOf } from '../../../../src/core/rollout/slots.ts';
import type { Step } from '../../../../src/core/rollout/step.ts';
import { often } from '../../../lab/often.ts';
import { type Behaviour, Simulator } from './simulator.ts';
import { spec } from './spec.ts';
import { promote, rollback } from './steer.ts';
import { heal, type Trouble } from './trouble.ts';

const RUNS = { numRuns: often(100, 'ORCA_PROPERTY_RUNS') };

const ahead = fc.constantFrom(0, 500, -500, 5_000, -5_000, 90_000, -90_000, 86_400_000, -86_400_000);
const wish = fc.record({
  replicas: fc.integer({ min: 0, max: 5 }),
  parallelism: fc.integer({ min: 1, max: 3 }),
  hostPort: fc.boolean(),
  port: fc.constantFrom<(number | undefined)[]>(8080, 8080, undefined),
  minReady: fc.constantFrom<number[]>(0, 0, 2_000),
  monitor: fc.constantFrom<number[]>(0, 5_000),
  /** Of blue-green; undefined: rolling. */
  keep: fc.constantFrom<(number | undefined)[]>(undefined, undefined, 0, 20_000),
  /** Of canary; undefined: another strategy. */
  steps: fc.constantFrom<(number[] | undefined)[]>(undefined, undefined, [5, 50], [99]),
  /** The clocks of engine and data plane are as far from the master's as they like. */
  skew: fc.record({ engine: ahead, plane: ahead, isSilent: fc.boolean() }),
});
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;

const specOf = ({ replicas, parallelism, hostPort, port, minReady, monitor, keep, steps }: Wish) => {
  const canHaveTwoSets = port !== undefined && !hostPort;
  const isBlueGreen = keep !== undefined && canHaveTwoSets;
  const canary = !isBlueGreen && steps !== undefined && canHaveTwoSets ? { steps, by: 'client' as const } : undefined;
  return spec({
    replicas,
    deploy: {
      parallelism,
      minReady,
      monitor,
      ...(isBlueGreen && { strategy: 'blue-green', keep }),
      ...(canary && { strategy: 'canary', canary }),
    },
    port,
    ...(port === undefined ? { domains: [], routes: [] } : {}),
    ports: hostPort ? [{ address: '127.0.0.1', host: 9000, container: 8080, protocol: 'tcp' }] : [],
  });
};

const behaviour = fc.constantFrom<Behaviour>('good', 'good', 'good', 'slow', 'never-ready', 'exits', 'turns-bad');
const trouble: fc.Arbitrary<Trouble> = fc.record({
  kind: fc.constantFrom(
    'kill',
    'remove',
    'crash',
    'hang',
    'stick',
    'unstick',
    'engine-away',
    'engine-back',
    'ingress-away',
    'ingress-back',
    'server-away',
    'seen-late',
    'ack-slow',
    'ack-quick',
  ),
  pick: fc.nat(20),
});
/** What happens between two passes: a wish of the user, trouble, or a kill -9 in the middle of a step. */
const act = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deploy' as const), wish, behaviour }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('route' as const, 'restart' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('step' as const, 'promote' as const, 'rollback' as const) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('scale' as const), replicas: fc.integer({ min: 0, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('trouble' as const), trouble }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('killed' as const), after: fc.nat(5) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('badly' as const), fails: fc.array(fc.boolean(), { maxLength: 8 }) }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('passes' as const), count: fc.integer({ min: 1, max: 30 }) }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

const TICK = 250;

/** One pass: observe, plan, apply all, let time go by. `check` sees the world before and after each step. */
function pass(world: Simulator, check: (world: Simulator) => void = () => {}): Plan {
  const plan = world.plan();
  for (const step of plan.steps) {
    if (step.kind === 'succeed') assertSwitched(world);
    world.apply(step);
    check(world);
  }
  world.pass(TICK);
  return plan;
}

/** Passes in which steps fail, without an effect, and others are done twice. */
function badPasses(world: Simulator, fails: readonly boolean[], check: (world: Simulator) => void = () => {}): void {
  for (const fail of fails) {
    const { steps } = world.plan();
    for (const [index, step] of steps.entries()) {
      if (fail === (index % 2 === 0)) continue;
      world.apply(step);
      if (isRepeatable(step)) world.apply(step);
      check(world);
    }
    world.pass(TICK);
  }
}

/** Those that the executor may do twice: the others find their deployment or task gone, and do nothing. */
const isRepeatable = ({ kind }: Step): boolean =>
  ['pull', 'start', 'route', 'unroute', 'keep', 'cut-over', 'sweep', 'switched', 'pause', 'go-through'].includes(kind);

/** Success is never said of a deployment whose tasks are not there. What a scale has just made surplus may still be. */
function assertSwitched(world: Simulator): void {
  const { hash } = world.revisions.get(world.service.revision) ?? {};
  const { replicas } = world.service;
  const serving = [...world.tasks.values()].filter((task) => task.phase === 'run' && task.hash === hash && task.routed);
  const slots = new Set(serving.map(({ slot }) => slot).filter((slot) => slot <= replicas));
  assert.equal(slots.size, replicas, 'every slot has switched');
}

function perform(world: Simulator, act: Act): void {
  if (act.do === 'deploy') world.deploy(specOf(act.wish), act.behaviour);
  if (act.do === 'route') deployDomains(world);
  if (act.do === 'restart') unlessRefused(() => world.restart());
  if (act.do === 'step') unlessRefused(() => promote(world, true));
  if (act.do === 'promote') unlessRefused(() => promote(world, false));
  if (act.do === 'rollback') rollback(world);
  if (act.do === 'badly') badPasses(world, act.fails);
  if (act.do === 'scale') world.service = { ...world.service, replicas: act.replicas };
  if (act.do === 'pause') world.service = { ...world.service, paused: true };
  if (act.do === 'resume') world.service = { ...world.service, paused: false };
  if (act.do === 'trouble') world.trouble(act.trouble);
  if (act.do === 'killed') killedWhile(world, act.after);
  if (act.do === 'passes') for (let i = 0; i < act.count; i += 1) pass(world);
}

/** Where it is refused, nothing happens. */
function unlessRefused(wish: () => void): void {
  try {
    wish();
  } catch (error) {
    if (!(error instanceof OrcaError)) throw error;
  }
}

/** A wish that touches no container. */
function deployDomains(world: Simulator): void {
  const { revision } = world.service;
  const { spec: now, hash } = world.revisions.get(revision) as Revision;
  if (now.port === undefined) return;
  world.deploy(
    { ...now, domains: ['shop.example.com', `r${revision}.example.com`] },
    world.behaviours.get(revision),
    hash,
  );
}

/** kill -9: some steps of the plan are done, one only in the store, the memory is gone. */
function killedWhile(world: Simulator, after: number): void {
  const { steps } = world.plan();
  for (const step of steps.slice(0, after)) world.apply(step);
  const cut = steps[after];
  if (cut) world.apply(cut, 'store');
  world.pulled.clear();
}

/** A world in which nothing has happened yet but a first deployment. */
function begun(...[spec, behaviour, skew]: ConstructorParameters<typeof Simulator>): Simulator {
  const world = new Simulator(spec, behaviour, skew);
  settle(world, 20);
  return world;
}

/** Passes until nothing is decided for a good while. Long enough for deadlines and back-offs (300 s each). */
function settle(world: Simulator, enough = 200): void {
  for (let quiet = 0, n = 0; quiet < enough; n += 1) {
    if (n >= 12_000) assert.fail(`does not come to rest: ${JSON.stringify(world.plan())}`);
    const { steps, wakeAt } = pass(world);
    quiet = steps.length === 0 && wakeAt === undefined ? quiet + 1 : 0;
    if (world.active()?.state === 'paused') promote(world, false);
    if (world.active()) quiet = 0;
    if (n > 200) world.pass(2_000);
  }
}

function assertAsWanted(world: Simulator): void {
  const alive = [...world.tasks.values()].filter((task) => task.phase === 'run');
  const { service } = world;
  const failedFirst = service.stable === undefined;
  const wanted = service.paused || failedFirst ? 0 : service.replicas;
  assert.equal(world.boxes.size, wanted, 'as many containers as wanted');
  assert.deepEqual(
    alive.map(({ slot }) => slot).sort((a, b) => a - b),
    Array.from({ length: wanted }, (_, i) => i + 1),
    'each slot once',
  );
  for (const task of alive) {
    assert.equal(task.hash, world.revisions.get(service.revision)?.hash, 'of the wanted revision');
    assert.ok(task.routed && world.answers(task.id), 'routed and answering');
  }
}

/** A behaviour that never serves may only be met by a rollout that has something to go back to, or fails as a first one. */
const good = (revision: Behaviour) => revision === 'good' || revision === 'slow';

test('converges from any state, whatever happened, and then stays still', () => {
  fc.assert(
    fc.property(wish, behaviour, fc.array(act, { maxLength: 25 }), (first, how, acts) => {
      const world = new Simulator(specOf(first), how, first.skew);
      for (const act of acts) perform(world, act);
      heal(world);
      world.deploy(specOf(first), 'good');
      settle(world);
      assertAsWanted(world);
      assert.equal(world.deployments.get(world.deployments.size)?.state, 'succeeded');
    }),
    RUNS,
  );
});

/** With a port and domains: what fails can be seen to fail. */
const watched = wish.map((one) => ({ ...one, port: 8080, monitor: 5_000 }));

test('a rollout that cannot succeed goes back to the revision that served', () => {
  fc.assert(
    fc.property(watched, fc.constantFrom<Behaviour>('never-ready', 'exits', 'turns-bad'), (first, bad) => {
      const world = begun(specOf(first), 'good', first.skew);
      world.deploy(specOf(first), bad);
      settle(world);
      const wanted = first.replicas > 0 ? 'rolled-back' : 'succeeded';
      assert.equal(world.deployments.get(2)?.state, wanted);
      if (first.replicas === 0) return;
      assert.equal(world.service.revision, 1);
      assertAsWanted(world);
    }),
    RUNS,
  );
});

test('start-first never lowers the number of serving slots, nor leaves more than parallelism unsettled', () => {
  const startFirst = watched.map((one) => ({ ...one, hostPort: false, keep: undefined, steps: undefined }));
  fc.assert(
    fc.property(
      startFirst,
      fc.constantFrom<Behaviour>('good', 'slow', 'never-ready', 'exits'),
      fc.boolean(),
      (first, next, slowAcks) => {
        const world = begun(specOf(first), 'good', first.skew);
        if (slowAcks) world.trouble({ kind: 'ack-slow', pick: 0 });
        world.deploy(specOf(first), next);
        for (let i = 0; i < 400; i += 1) {
          pass(world, () => {
            assert.equal(world.serving(), first.replicas);
            const view = world.view();
            const unsettled = slotsOf(view, first.replicas, world.now).filter((slot) => isUnderWay(view, slot));
            assert.ok(unsettled.length <= first.parallelism, `${unsettled.length} unsettled`);
          });
          if (i > 100) world.pass(2_000);
        }
      },
    ),
    RUNS,
  );
});

test('stop-first never takes out more than parallelism, and never runs a slot twice', () => {
  const stopFirst = wish.map((one) => ({ ...one, hostPort: true }));
  fc.assert(
    fc.property(stopFirst, fc.constantFrom<Behaviour>('good', 'slow'), (first, next) => {
      const world = begun(specOf(first), 'good', first.skew);
      world.deploy(specOf(first), next);
      for (let i = 0; i < 200; i += 1) {
        pass(world, () => {
          assert.ok(world.serving() >= first.replicas - first.parallelism);
          const slots = [...world.boxes.keys()].map((id) => world.tasks.get(id)?.slot);
          assert.equal(new Set(slots).size, slots.length, 'a slot runs once');
        });
      }
      assertAsWanted(world);
    }),
    RUNS,
  );
});

/** What may happen to a rollout without a container dying: nothing of it may cost a request, or be taken for a fault of the app. */
const hiccup = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('passes' as const), count: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('killed' as const), after: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('badly' as const), fails: fc.array(fc.boolean(), { maxLength: 8 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('trouble' as const),
      trouble: fc.record({
        kind: fc.constantFrom('server-away', 'ack-slow', 'ack-quick', 'ingress-away', 'ingress-back'),
        pick: fc.nat(30),
      }) as fc.Arbitrary<Trouble>,
    }),
  },
);
type Hiccup = typeof hiccup extends fc.Arbitrary<infer T> ? T : never;

function endure(world: Simulator, { ...act }: Hiccup, check: (world: Simulator) => void): void {
  if (act.do === 'passes') for (let i = 0; i < act.count; i += 1) pass(world, check);
  else if (act.do === 'badly') badPasses(world, act.fails, check);
  else perform(world, act);
  check(world);
}

test('superseding start-first deployments, good and bad, never leave a slot unserved, whatever hiccups', () => {
  const routed = wish.map((one) => ({ ...one, hostPort: false, port: 8080 }));
  const next = fc.record({
    how: fc.constantFrom<Behaviour>('good', 'slow', 'never-ready', 'exits'),
    acts: fc.array(hiccup, { maxLength: 8 }),
  });
  fc.assert(
    fc.property(
      routed,
      fc.array(next, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(1_000, 60_000),
      (first, deploys, stops) => {
        const world = begun(specOf(first), 'good', first.skew);
        world.stopDelay = stops;
        const check = () => {
          assert.equal(world.covered(), first.replicas);
          assert.deepEqual(world.cut(), []);
        };
        for (const { how, acts } of deploys) {
          world.deploy(specOf(first), how);
          for (const act of acts) endure(world, act, check);
        }
        heal(world);
        for (let i = 0; i < 300; i += 1) pass(world, check);
      },
    ),
    RUNS,
  );
});

test('a good revision is never taken for a bad one: not after a restart of the master, nor of the data plane', () => {
  const routed = wish.map((one) => ({ ...one, hostPort: false }));
  fc.assert(
    fc.property(routed, fc.array(hiccup, { maxLength: 12 }), (first, acts) => {
      const world = begun(specOf(first), 'good', first.skew);
      world.deploy(specOf(first), 'slow');
      for (const act of acts) {
        endure(world, act, () => {});
        if (world.ingressLostSince !== undefined && world.now - world.ingressLostSince > 30_000) heal(world);
      }
      heal(world);
      settle(world);
      assert.equal(world.deployments.get(2)?.failure, undefined);
      assert.equal(world.deployments.get(2)?.state, 'succeeded');
    }),
    RUNS,
  );
});

test('nothing is stopped while one acknowledgement is missing', () => {
  fc.assert(
    fc.property(watched, (first) => {
      const world = begun(specOf({ ...first, hostPort: false }));
      world.ackDelay = Number.POSITIVE_INFINITY;
      world.deploy(specOf({ ...first, hostPort: false }));
      for (let i = 0; i < 200; i += 1) pass(world);
      const olds = [...world.tasks.values()].filter((task) => task.revision === 1);
      assert.ok(olds.every((task) => task.phase === 'run'));
    }),
    RUNS,
  );
});

test('the same input gives the same plan, in whatever order tasks arrive, and an unmoved world asks for the same steps', () => {
  fc.assert(
    fc.property(wish, behaviour, fc.array(act, { maxLength: 15 }), (first, how, acts) => {
      const world = new Simulator(specOf(first), how, first.skew);
      for (const act of acts) perform(world, act);
      const view = world.view();
      const plan = planService(view, world.now);
      const kinds = (steps: typeof plan.steps) => steps.map((step) => JSON.stringify(step)).sort();
      assert.deepEqual(planService(view, world.now), plan);
      assert.deepEqual(
        kinds(planService({ ...view, tasks: view.tasks.toReversed() }, world.now).steps),
        kinds(plan.steps),
      );
    }),
    RUNS,
  );
});

test('a container that alone cannot be read is neither replaced nor routed anew, and all others are replaced', () => {
  fc.assert(
    fc.property(watched, fc.nat(20), fc.array(fc.nat(20), { maxLength: 4 }), (first, pick, kills) => {
      const world = begun(specOf(first), 'good', first.skew);
      world.trouble({ kind: 'stick', pick });
      const stuck = [...world.boxes].find(([, box]) => box.stuck)?.[0];
      for (const kill of kills) world.trouble({ kind: 'kill', pick: kill });
      const answered = stuck !== undefined && world.answers(stuck);
      for (let i = 0; i < 300; i += 1) {
        const { steps } = world.plan();
        assert.ok(!steps.some((step) => 'task' in step && step.task === stuck));
        pass(world);
      }
      const before = stuck === undefined ? undefined : world.tasks.get(stuck);
      assert.ok(before === undefined || (before.phase === 'run' && before.routed));
      assert.equal(world.serving(), stuck !== undefined && !answered ? first.replicas - 1 : first.replicas);
      world.trouble({ kind: 'unstick', pick: 0 });
      settle(world);
      assertAsWanted(world);
    }),
    RUNS,
  );
});

test('while the engine cannot be read nothing is replaced', () => {
  fc.assert(
    fc.property(wish, fc.array(trouble, { maxLength: 5 }), (first, troubles) => {
      const world = begun(specOf(first), 'good', first.skew);
      const before = [...world.tasks.keys()];
      world.trouble({ kind: 'engine-away', pick: 0 });
      for (const one of troubles.filter(({ kind }) => kind !== 'engine-back')) world.trouble(one);
      for (let i = 0; i < 100; i += 1) pass(world);
      assert.deepEqual([...world.tasks.keys()], before);
    }),
    RUNS,
  );
});

test('a scaled, stopped or purged service loses exactly what is surplus', () => {
  fc.assert(
    fc.property(wish, fc.integer({ min: 0, max: 6 }), behaviour.filter(good), (first, replicas, how) => {
      const world = begun(specOf(first), how, first.skew);
      const kept = [...world.tasks.values()].filter(({ slot }) => slot <= replicas).map(({ id }) => id);
      world.service = { ...world.service, replicas };
      settle(world);
      assertAsWanted(world);
      assert.ok(
        kept.every((id) => world.boxes.has(id)),
        'untouched ones keep their container',
      );
      world.service = { ...world.service, removing: true };
      for (let i = 0; i < 60; i += 1) pass(world);
      assert.equal(world.boxes.size + world.tasks.size, 0);
    }),
    RUNS,
  );
});
