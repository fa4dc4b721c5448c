import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inOrder } from '../../../../src/core/order/depends-on.ts';
import { often } from '../../../lab/often.ts';
import { fleetOf, type Member } from './fleet.ts';
import { endure, type Hiccup, pass } from './hiccups.ts';
import type { Behaviour, Simulator } from './simulator.ts';
import { heal, type Trouble } from './trouble.ts';

const RUNS = { numRuns: often(100, 'ORCA_PROPERTY_RUNS') };
const NAMES = ['a', 'b', 'c', 'd', 'e'];

const behaviour = fc.constantFrom<Behaviour>('good', 'good', 'slow', 'never-ready', 'completes');
const needs = fc.array(fc.record({ on: fc.nat(3), until: fc.constantFrom('healthy', 'started') }), { maxLength: 3 });
/** Each depends on some of those before it; of what runs to its end it is awaited that it has. */
const fleet = fc
  .array(fc.record({ behaviour, needs }), { minLength: 2, maxLength: NAMES.length })
  .map((all): readonly Member[] =>
    all.map((one, i) => {
      const those = one.needs.flatMap(({ on, until }) => {
        const [name, other] = [NAMES[on], all[on]];
        if (on >= i || name === undefined || !other) return [];
        return [[name, other.behaviour === 'completes' ? 'completed' : until] as const];
      });
      return { name: NAMES[i] ?? '', behaviour: one.behaviour, dependsOn: Object.fromEntries(those) };
    }),
  );

const act = fc.oneof(
  fc.record({ passes: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ who: fc.nat(4), killedAfter: fc.nat(3) }),
  fc.record({
    trouble: fc.record({ kind: fc.constantFrom('ack-slow', 'ack-quick'), pick: fc.nat(3) }) as fc.Arbitrary<Trouble>,
  }),
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

const runs = (world: Simulator) => [...world.boxes.values()].some(({ view }) => view.state === 'running');
/** Also one of which that is not recorded yet. */
const hasCompleted = ({ tasks, boxes }: Simulator) =>
  [...tasks.values()].some(({ end }) => end?.exitCode === 0 && !end.wanted) ||
  [...boxes.values()].some(({ view }) => view.state === 'exited' && view.exitCode === 0);
const stateOf = (world: Simulator | undefined) => world?.deployments.get(1)?.state;

/** Whether a dependency is as far as it is to be, by what is so, not by what the planner says of it. */
function isMet(other: Simulator, until: string): boolean {
  if (until === 'completed') return hasCompleted(other);
  return until === 'started' ? runs(other) : stateOf(other) === 'succeeded' && other.serving() > 0;
}

/** One pass of each; no task of a service is there before what it depends on was once as far as it is to be. */
function play(members: readonly Member[], worlds: ReadonlyMap<string, Simulator>, met: Set<string>, one?: Act): void {
  for (const [i, { name, dependsOn }] of members.entries()) {
    const world = worlds.get(name) as Simulator;
    const check = () => {
      for (const [on, until] of Object.entries(dependsOn)) {
        if (isMet(worlds.get(on) as Simulator, until)) met.add(`${name} ${on}`);
        assert.ok(world.tasks.size === 0 || met.has(`${name} ${on}`), `${name} began before ${on} had ${until}`);
      }
    };
    check();
    if (one && 'killedAfter' in one && one.who === i) endure(world, one as Hiccup, check);
    else if (one && 'trouble' in one) endure(world, one as Hiccup, check);
    pass(world, check);
  }
  const now = Math.max(...[...worlds.values()].map((world) => world.now));
  for (const world of worlds.values()) world.pass(now - world.now);
}

test('each begins when what it depends on is there, and is skipped with its dependents where that fails; killed anywhere', () => {
  fc.assert(
    fc.property(fleet, fc.array(act, { maxLength: 12 }), (members, acts) => {
      const worlds = fleetOf(members);
      const met = new Set<string>();
      for (const one of acts)
        for (let n = 0; n < ('passes' in one ? one.passes : 1); n += 1) play(members, worlds, met, one);
      for (const world of worlds.values()) heal(world);
      for (let n = 0; [...worlds.values()].some((world) => world.active()); n += 1) {
        if (n >= 3_000) assert.fail(JSON.stringify([...worlds].map(([name, world]) => [name, world.plan()])));
        play(members, worlds, met);
      }
      const ends = new Map<string, string>();
      for (const { name, behaviour: how, dependsOn } of members) {
        const isLost = Object.entries(dependsOn).some(([on, until]) =>
          until === 'started' ? ends.get(on) === 'skipped' : ends.get(on) !== 'succeeded',
        );
        const expected = isLost ? 'skipped' : how === 'never-ready' ? 'failed' : 'succeeded';
        ends.set(name, stateOf(worlds.get(name)) ?? 'none');
        assert.equal(ends.get(name), expected, `${name}, ${how}: ${worlds.get(name)?.deployments.get(1)?.reason}`);
        if (expected === 'skipped') assert.equal(worlds.get(name)?.tasks.size, 0, `${name} was skipped untouched`);
      }
    }),
    RUNS,
  );
});

test('whatever order services are asked for in, each is admitted after those it depends on', () => {
  fc.assert(
    fc.property(
      fleet.chain((members) => fc.shuffledSubarray([...members], { minLength: members.length })),
      (members) => {
        const ordered = inOrder(members, (one) => ({ ...one, project: 'shop' })).map(({ name }) => name);
        assert.deepEqual([...ordered].sort(), members.map(({ name }) => name).sort());
        for (const { name, dependsOn } of members)
          for (const on of Object.keys(dependsOn)) assert.ok(ordered.indexOf(on) < ordered.indexOf(name), `${ordered}`);
      },
    ),
    RUNS,
  );
});
