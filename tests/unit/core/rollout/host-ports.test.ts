import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exclusiveToTask } from '../../../../src/core/claims/claim.ts';
import { often } from '../../../lab/often.ts';
import { begin, last, TICK, until } from './passes.ts';
import { type Behaviour, Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const RUNS = { numRuns: often(100, 'ORCA_PROPERTY_RUNS') };
const publishing = (...hosts: readonly number[]) => ({
  ports: hosts.map((host) => ({ address: '0.0.0.0', host, container: 8080, protocol: 'tcp' as const })),
});

/** How long nothing serves until the active deployment has ended, ms. */
function unserved(world: Simulator): number {
  let ms = 0;
  until(world, 'an end', () => {
    ms += world.serving() === 0 ? TICK : 0;
    return world.active() === undefined;
  });
  return ms;
}

const writing = (...names: readonly string[]) => ({
  volumes: names.map((name) => ({
    volume: { name, driver: 'local', driverOpts: {}, shared: name === 'shared' },
    target: `/${name}`,
    readOnly: false,
  })),
});

describe('a host port', () => {
  for (const [how, state] of [
    ['good', 'succeeded'],
    ['never-ready', 'rolled-back'],
  ] as const) {
    it(`that only a superseded task holds costs that one alone: the version that serves is not stopped (${how})`, () => {
      const world = begin();
      world.deploy(spec(publishing(9000)), 'never-ready');
      until(world, 'its task', () => world.boxes.size === 2);
      world.deploy(spec({ ...publishing(9000), deploy: { deadline: 60_000 } }), how);
      assert.equal(unserved(world), 0);
      assert.equal(last(world)?.state, state);
    });
  }

  it('is never had by two containers, nor is a volume that they write to, and every deployment ends', () => {
    const wish = fc.record({
      hosts: fc.constantFrom<number[][]>([], [], [9000], [9001], [9000, 9001]),
      volumes: fc.constantFrom<string[][]>([], ['data'], ['more'], ['data', 'more'], ['shared']),
      deploy: fc.record({
        monitor: fc.constantFrom(0, 5_000),
        deadline: fc.constantFrom(5_000, 60_000),
        rollback: fc.constantFrom(true, true, false),
      }),
    });
    const how = fc.constantFrom<Behaviour>('good', 'good', 'slow', 'never-ready', 'exits', 'turns-bad');
    const act = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('deploy' as const), wish, how, again: fc.boolean() }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constantFrom<('kill' | 'remove' | 'crash' | 'hang')[]>('kill', 'remove', 'crash', 'hang'),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom<('pause' | 'resume' | 'restart')[]>('pause', 'resume', 'restart') }),
      },
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('passes' as const), count: fc.integer({ min: 1, max: 30 }) }),
      },
    );
    const specOf = ({ hosts, volumes, deploy }: { hosts: number[]; volumes: string[]; deploy: object }) =>
      spec({ ...publishing(...hosts), ...writing(...volumes), deploy });
    fc.assert(
      fc.property(wish, how, fc.array(act, { maxLength: 14 }), (first, begins, acts) => {
        const world = new Simulator(specOf(first), begins);
        for (const one of acts) {
          if (one.do === 'deploy') {
            const hash = one.again ? `${one.wish.hosts}-${one.wish.volumes}-${one.how}` : undefined;
            world.deploy(specOf(one.wish), one.how, hash);
          } else if (one.do === 'pause' || one.do === 'resume') {
            world.service = { ...world.service, paused: one.do === 'pause' };
          } else if (one.do === 'restart') world.restartMaster(100);
          else if (one.do === 'passes') for (let n = 0; n < one.count; n += 1) pass(world);
          else world.trouble({ kind: one.do, pick: 0 });
        }
        world.service = { ...world.service, paused: false };
        for (let n = 0; world.active() && n < 4_000; n += 1) pass(world);
        if (world.active() !== undefined) assert.fail(JSON.stringify(world.plan()));
      }),
      RUNS,
    );
  });
});

function pass(world: Simulator): void {
  for (const step of world.plan().steps) {
    world.apply(step);
    assert.equal(clash(world), undefined);
  }
  world.pass(TICK);
}

function clash(world: Simulator): string | undefined {
  const up = [...world.boxes].filter(([, { view }]) => ['running', 'restarting'].includes(view.state));
  const specs = up.map(([id]) => world.revisions.get(world.tasks.get(id)?.revision ?? 0)?.spec);
  for (const [index, one] of specs.entries())
    for (const other of specs.slice(index + 1))
      if (one && other && exclusiveToTask(one, other)) return exclusiveToTask(one, other);
  return undefined;
}
