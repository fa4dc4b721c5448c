import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mayBeOutOfOrder } from '../../../../src/core/rollout/after-start.ts';
import type { EngineBegan, Other, ServiceView } from '../../../../src/core/rollout/observed.ts';
import { readyAfter } from './box.ts';
import { only, passes, running, settled, TICK, until } from './passes.ts';
import { type Behaviour, Simulator } from './simulator.ts';
import { spec } from './spec.ts';

type Wish = Parameters<typeof spec>[0];

/** Its engine begins anew, and another service that it depends on is as it is told. */
class Rebooted extends Simulator {
  db: Pick<Other, 'state' | 'since'> = { state: 'coming' };
  began: EngineBegan | undefined;

  override view(): ServiceView {
    const view = super.view();
    const tasks = view.tasks.map((seen) => ({ ...seen, engineBegan: this.began }));
    const db = {
      service: 'db',
      until: 'healthy',
      reason: 'no task of db is ready',
      isBounded: false,
      ...this.db,
    } as const;
    return { ...view, tasks, others: [db] };
  }

  /** The engine starts all containers, which answer only once `mend` is called, or they are started again. */
  reboot(how: 'hangs' | 'comes up'): void {
    this.began = { at: this.engineNow(), since: this.now };
    this.engineSince = this.now;
    this.pass(50);
    for (const box of this.boxes.values()) {
      box.view = { ...box.view, state: 'running', startedAt: this.engineNow(), restarts: 0 };
      box.startedAt = this.now;
      box.readyAt = this.now + readyAfter(box.behaviour);
      box.hungSince = how === 'hangs' ? this.now : undefined;
    }
    this.pass(TICK);
  }

  ready(): void {
    this.db = { state: 'reached', since: this.now };
  }
}

function begin(wish: Wish = {}, behaviour: Behaviour = 'good'): Rebooted {
  const world = new Rebooted(spec({ dependsOn: { db: 'healthy' }, ...wish }), behaviour);
  world.db = { state: 'reached', since: 0 };
  settled(world);
  world.db = { state: 'coming' };
  return world;
}

const QUICK = { health: { interval: 10_000, timeout: 1_000, failures: 3, startPeriod: 1_000 } };
const WITHOUT_PROBE = { port: undefined, domains: [], routes: [] };
/** Longer than anything waits. */
const LONG = 120_000;

describe('tasks that an engine has started with what they depend on', () => {
  it('are started again, after it, where they are not ready though it is', () => {
    const world = begin({ ...QUICK, replicas: 2 });
    const before = running(world).map(({ id }) => id);
    world.reboot('hangs');
    passes(world, 8_000);
    assert.deepEqual(
      running(world).map(({ id }) => id),
      before,
      'not before it is there',
    );
    const words = world.plan().waiting.join('; ');
    assert.match(words, /web\.1 was started with its node, and did not wait for db to be healthy: it is started again/);
    world.ready();
    until(world, 'others', () => world.serving() === 2);
    const after = running(world).map(({ id }) => id);
    assert.ok(before.every((id) => !after.includes(id)));
    passes(world, 5_000);
    const [end] = before.map((id) => world.tasks.get(id)?.end);
    assert.equal(end?.wanted, true, 'it counts for no back-off');
    assert.match(end?.reason ?? '', /web\.1 was started with its node, and did not wait for db to be healthy/);
    passes(world, LONG);
    assert.deepEqual(
      running(world).map(({ id }) => id),
      after,
      'once',
    );
  });

  it('stay where they came up well all the same, before it or soon after', () => {
    for (const isQuick of [true, false]) {
      const world = begin(QUICK, 'slow');
      const before = only(world).id;
      world.reboot('comes up');
      if (isQuick) passes(world, 5_000);
      world.ready();
      passes(world, LONG);
      assert.equal(only(world).id, before);
    }
  });

  it('are started again without a probe, as nothing tells whether they came up well', () => {
    const world = begin(WITHOUT_PROBE);
    const before = only(world).id;
    world.reboot('comes up');
    passes(world, 30_000);
    assert.equal(only(world).id, before);
    world.ready();
    until(world, 'another', () => running(world).length === 1 && only(world).id !== before);
    const after = only(world).id;
    passes(world, LONG);
    assert.equal(only(world).id, after);
  });

  it('stay where they were started after it', () => {
    const world = begin(WITHOUT_PROBE);
    const before = only(world).id;
    world.ready();
    passes(world, 1_000);
    world.reboot('comes up');
    passes(world, LONG);
    assert.equal(only(world).id, before);
  });

  it('stay where it will not come, where the engine began long ago or nobody knows when, and where they run to an end', () => {
    const worlds: readonly { how: string; wish?: Wish; after?: (world: Rebooted) => void }[] = [
      {
        how: 'it will not come',
        after: (world) => {
          world.db = { state: 'failed' };
        },
      },
      { how: 'long ago', after: (world) => passes(world, 16 * 60_000) },
      {
        how: 'nobody knows',
        after: (world) => {
          world.began = undefined;
        },
      },
      { how: 'to an end', wish: { restart: 'on-failure' } },
    ];
    for (const { how, wish, after } of worlds) {
      const world = begin({ ...WITHOUT_PROBE, ...wish });
      const before = only(world).id;
      world.reboot('comes up');
      assert.equal(mayBeOutOfOrder(world.view(), world.now), how !== 'to an end');
      after?.(world);
      if (how !== 'it will not come') {
        world.ready();
        assert.equal(mayBeOutOfOrder(world.view(), world.now), false, how);
      }
      passes(world, LONG);
      assert.equal(only(world).id, before, how);
    }
  });

  it('stay where an engine that runs has restarted them: they crashed before it began', () => {
    const world = begin(WITHOUT_PROBE);
    const before = only(world).id;
    world.trouble({ kind: 'crash', pick: 0 });
    passes(world, 2_000);
    world.began = { at: world.engineNow(), since: world.now };
    world.ready();
    passes(world, LONG);
    assert.equal(only(world).id, before);
  });

  it('whatever comes up and whenever it is there: all serve in the end, each was started again once at most, and none before it', () => {
    const wishes = fc.record({
      replicas: fc.integer({ min: 1, max: 3 }),
      isProbed: fc.boolean(),
      behaviour: fc.constantFrom<Behaviour>('good', 'slow'),
      how: fc.constantFrom('hangs' as const, 'comes up' as const),
      comesAfter: fc.integer({ min: 0, max: 25_000 }),
      flapsAfter: fc.integer({ min: 0, max: 60_000 }),
    });
    fc.assert(
      fc.property(wishes, ({ replicas, isProbed, behaviour, how, comesAfter, flapsAfter }) => {
        const world = begin({ ...(isProbed ? QUICK : WITHOUT_PROBE), replicas }, behaviour);
        const before = running(world).map(({ id }) => id);
        world.reboot(how);
        passes(world, comesAfter);
        assert.deepEqual(
          running(world).map(({ id }) => id),
          before,
        );
        world.ready();
        passes(world, flapsAfter);
        world.db = { state: 'coming' };
        passes(world, 3_000);
        world.ready();
        passes(world, LONG);
        assert.equal(running(world).length, replicas);
        assert.ok(!isProbed || world.serving() === replicas);
        assert.ok(world.tasks.size <= 2 * replicas, `${world.tasks.size} tasks`);
      }),
      { numRuns: 50 },
    );
  });
});
