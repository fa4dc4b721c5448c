import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { begin, last, pass, passes, settled, until } from './passes.ts';
import type { Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const HOURS = 2 * 3_600_000;

/** The acknowledgements of a data plane do not depend on the clock. */
function setBack(world: Simulator): void {
  world.now -= HOURS;
  world.tables = world.tables.map((table) => ({ ...table, ackedAt: 0 }));
}

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
