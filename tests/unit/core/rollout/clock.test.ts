import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isReady } from '../../../../src/core/rollout/judge.ts';
import { planService } from '../../../../src/core/rollout/plan-service.ts';
import { begin, last, only, pass, passes, running, settled, TICK, until } from './passes.ts';
import { setBack as setClockBack } from './set-back.ts';
import { Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const HOURS = 2 * 3_600_000;

const setBack = (world: Simulator): void => setClockBack(world, HOURS);

describe('when the clock was set back', () => {
  it('a task that is never ready still fails its rollout, and the way back ends', () => {
    const world = begin();
    world.deploy(spec({ deploy: { deadline: 10_000 } }), 'never-ready');
    passes(world, 2_000);
    setBack(world);
    const begun = world.now;
    settled(world);
    assert.equal(last(world)?.state, 'rolled-back');
    assert.ok(world.now - begun < 60_000);
  });

  it('a task that hung before is replaced', () => {
    const world = begin({ replicas: 2 });
    world.trouble({ kind: 'hang', pick: 0 });
    passes(world, 1_000);
    setBack(world);
    until(world, 'two that serve', () => world.serving() === 2, 500);
  });

  it('tasks that die again and again are tried later each time, as before', () => {
    const world = begin();
    setBack(world);
    const begunIn = (ms: number) => {
      let begun = 0;
      for (const end = world.now + ms; world.now < end; ) {
        world.trouble({ kind: 'kill', pick: 0 });
        begun += pass(world).steps.filter(({ kind }) => kind === 'assign').length;
      }
      return begun;
    };
    assert.ok(begunIn(60_000) < 10);
    setBack(world);
    begunIn(60_000);
    assert.ok(begunIn(60_000) < 10);
  });
});

/** Ahead and behind: of half a second, which is usual, and of a day. */
const AHEAD = [500, -500, 86_400_000, -86_400_000];
const PORTLESS = { port: undefined, domains: [], routes: [] };
const apart = (wish: Parameters<typeof spec>[0], ahead: number): Simulator => {
  const world = new Simulator(spec(wish), 'good', { engine: ahead, plane: -ahead });
  settled(world);
  return world;
};

describe('when the clocks of engine and data plane are not the master’s', () => {
  for (const ahead of AHEAD) {
    it(`a missed probe is not taken for a crash (${ahead} ms)`, () => {
      const world = apart({}, ahead);
      world.deploy(spec());
      until(world, 'a routed task', () => running(world).some(({ revision, routed }) => revision === 2 && routed));
      const seen = world.view().tasks.find(({ task }) => task.revision === 2);
      const missed = seen?.health && { ...seen.health, ready: false, misses: 3, heldSince: world.now };
      const view = world.view();
      const tasks = view.tasks.map((one) => (one.task === seen?.task ? { ...one, health: missed } : one));
      const kinds = planService({ ...view, tasks }, world.now).steps.map(({ kind }) => kind);
      assert.ok(!kinds.includes('fail'), kinds.join());
      settled(world);
      assert.equal(last(world)?.state, 'succeeded');
    });

    it(`a restart since routing is a crash (${ahead} ms)`, () => {
      const world = apart({}, ahead);
      world.deploy(spec());
      until(world, 'a routed task', () => running(world).some(({ revision, routed }) => revision === 2 && routed));
      const id = running(world).find(({ revision }) => revision === 2)?.id ?? '';
      world.trouble({ kind: 'crash', pick: [...world.boxes.keys()].indexOf(id) });
      world.pass(TICK);
      assert.equal(world.boxes.get(id)?.view.state, 'running');
      settled(world);
      assert.match(
        last(world)?.failure?.reason ?? '',
        /was ready, then exited with code 1, and was restarted by Docker/,
      );
    });

    it(`a restart before the deployment is none of its business, though a new master sees it first (${ahead} ms)`, () => {
      const world = apart({}, ahead);
      world.trouble({ kind: 'crash', pick: 0 });
      passes(world, 2_000);
      world.deploy(spec({ domains: ['www.example.com'] }), 'good', world.revisions.get(1)?.hash);
      world.restartMaster(1_000);
      settled(world);
      assert.equal(last(world)?.state, 'succeeded');
    });

    it(`without a port a task is ready 5 s after its start was seen, and still is for the next master (${ahead} ms)`, () => {
      const world = new Simulator(spec({ ...PORTLESS, deploy: { monitor: 0 } }), 'good', { engine: ahead, plane: 0 });
      until(world, 'a container', () => world.boxes.size === 1);
      const begun = world.now;
      until(world, 'a routed task', () => only(world).routed);
      assert.ok(world.now - begun >= 5_000 - TICK && world.now - begun <= 5_000 + 2 * TICK, `${world.now - begun} ms`);
      settled(world);
      world.restartMaster(100);
      const [seen] = world.view().tasks;
      assert.ok(seen && isReady(world.view(), seen, world.now));
    });

    it(`a container that died while it was watched is replaced at once (${ahead} ms)`, () => {
      const world = apart({}, ahead);
      world.trouble({ kind: 'kill', pick: 0 });
      assert.deepEqual(
        world.plan().steps.map(({ kind }) => kind),
        ['bury'],
      );
    });

    it(`one that is found dead may yet be restarted by a Docker that begins (${ahead} ms)`, () => {
      const world = apart({}, ahead);
      world.trouble({ kind: 'kill', pick: 0 });
      world.restartMaster(100);
      assert.deepEqual(world.plan().steps, []);
      world.pass(3_500);
      assert.deepEqual(
        world.plan().steps.map(({ kind }) => kind),
        ['bury'],
      );
    });

    it(`a hung task is given as long as ever (${ahead} ms)`, () => {
      const health = { path: '/', interval: 1_000, timeout: 1_000, failures: 3, startPeriod: 30_000 };
      const world = apart({ health }, ahead);
      const { id } = only(world);
      world.trouble({ kind: 'hang', pick: 0 });
      passes(world, 2_500);
      assert.equal(world.tasks.get(id)?.phase, 'run');
      until(world, 'another task', () => world.tasks.get(id)?.phase !== 'run', 20);
    });
  }
});

describe('min_ready', () => {
  it('is waited for also when it is longer than a clock may be off', () => {
    const world = begin();
    world.deploy(spec({ deploy: { minReady: 90_000 } }));
    passes(world, 60_000);
    assert.ok(running(world).every(({ revision, routed }) => revision === 1 || !routed));
    settled(world);
    assert.equal(last(world)?.state, 'succeeded');
  });
});
