import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { type Failover, failover, type PlacedTask } from '../../../../src/core/schedule/failover.ts';
import type { HeardNode } from '../../../../src/core/schedule/lost-at-once.ts';
import type { Wanted } from '../../../../src/core/schedule/wanted.ts';
import { wanted } from './place-of.ts';

const RUNS = { numRuns: Number(process.env['ORCA_PROPERTY_RUNS'] ?? 300) };
const NOW = 1_000_000;

/** Silent for so long, ms; undefined: never heard. */
const heard = (id: string, silent: number | undefined, wish: Partial<HeardNode> = {}): HeardNode => ({
  id,
  name: `node-${id}`,
  availability: 'active',
  lastHeard: silent === undefined ? undefined : NOW - silent,
  ...wish,
});

const on = (id: string, wish: Partial<Wanted> = {}, whenLost: PlacedTask['whenLost'] = 'replace'): PlacedTask => ({
  wanted: wanted('web', wish),
  slot: 1,
  node: id,
  whenLost,
});

const after = (nodes: readonly HeardNode[], tasks: readonly PlacedTask[], upFor = 500_000): Failover =>
  failover({ nodes, tasks, now: NOW, since: NOW - upFor });

const FINE = [heard('a', 0), heard('b', 1_000), heard('c', 2_000)];

describe('a task is started elsewhere', () => {
  it('once its node is down, not for a blip and not while it is only suspect', () => {
    for (const silent of [0, 3_000, 6_000, 9_999])
      assert.deepEqual(after([...FINE, heard('d', silent)], [on('d')]), { replace: [], waiting: [], alarms: [] });
    assert.deepEqual(after([...FINE, heard('d', 10_000)], [on('a'), on('d')]).replace, [
      { service: 'shop/web', slot: 1, node: 'd', why: 'node-d is down' },
    ]);
  });

  it('never within 30 s of the start of a master, whatever it has not heard', () => {
    const nodes = [...FINE, heard('d', undefined)];
    assert.deepEqual(after(nodes, [on('d')], 29_999).replace, []);
    assert.equal(after(nodes, [on('d')], 30_000).replace.length, 1);
  });

  it('unless something keeps it there', () => {
    const say = (task: PlacedTask, wish: Partial<HeardNode> = {}) =>
      after([...FINE, heard('d', 20_000, wish)], [task]).waiting.map(({ why }) => why);
    assert.deepEqual(say(on('d', { pins: ['shop_data'] })), [
      'node-d is down: the data of its volume shop_data are on node-d',
    ]);
    assert.deepEqual(say(on('d', { placement: { node: 'node-d' } })), ['node-d is down: `placement.node` is node-d']);
    assert.deepEqual(say(on('d', {}, 'wait')), ['node-d is down: `when_lost` is wait']);
    assert.deepEqual(say(on('d'), { availability: 'maintenance' }), ['node-d is down: it is in maintenance']);
    assert.deepEqual(say(on('d', { alone: 'volume shop_nfs' })), [
      'node-d is down: web.1 may still run there, and two tasks cannot have the volume shop_nfs at once',
    ]);
  });
});

describe('of many nodes that are lost at once', () => {
  it('nothing is moved, and it is told', () => {
    const nodes = [heard('a', 0), heard('b', 11_000), heard('c', 12_000)];
    const { replace, waiting, alarms } = after(nodes, [on('b'), on('c')]);
    assert.deepEqual(replace, []);
    assert.deepEqual(alarms, [
      '2 of 3 nodes were lost at once (node-c, node-b): nothing is moved, as the cause is probably the network or the master',
    ]);
    assert.deepEqual(
      waiting.map(({ why }) => why),
      [`node-b is down: ${alarms[0]}`, `node-c is down: ${alarms[0]}`],
    );
  });

  it('the first to be down is not taken for the only one', () => {
    const nodes = [heard('a', 0), heard('b', 10_000), heard('c', 9_000)];
    assert.deepEqual(after(nodes, [on('b')]).replace, []);
    assert.equal(after([heard('a', 0), heard('b', 10_000), heard('c', 1_000)], [on('b')]).replace.length, 1);
  });

  it('half of them are not more than half', () => {
    assert.equal(after([heard('a', 0), heard('b', 11_000)], [on('b')]).replace.length, 1);
  });

  it('those lost long before do not count', () => {
    const nodes = [heard('a', 0), heard('b', 1_000), heard('c', 15_000), heard('d', 400_000), heard('e', 300_000)];
    assert.deepEqual(
      after(nodes, [on('c'), on('d'), on('e')]).replace.map((one) => one.node),
      ['c', 'd', 'e'],
    );
  });
});

const world = fc.record({
  silent: fc.array(fc.option(fc.constantFrom(0, 2_000, 5_999, 6_000, 9_999, 10_000, 15_000, 45_000, 200_000)), {
    minLength: 1,
    maxLength: 7,
  }),
  upFor: fc.constantFrom(0, 10_000, 29_999, 30_000, 300_000),
  tasks: fc.array(fc.tuple(fc.nat(7), fc.integer({ min: 1, max: 5 }), fc.boolean(), fc.boolean()), { maxLength: 12 }),
});

test('only tasks of nodes that are down are touched, each once; never in the first 30 s, never where more than half went at once', () => {
  fc.assert(
    fc.property(world, ({ silent, upFor, tasks }) => {
      const since = NOW - upFor;
      const nodes = silent.map((ms, at) => heard(String(at), ms === null ? undefined : Math.min(ms, upFor)));
      const placed = tasks.map(
        ([at, slot, isPinned, waits], index): PlacedTask => ({
          wanted: wanted(`web-${index}`, { pins: isPinned ? ['data'] : [] }),
          slot,
          node: String(at),
          whenLost: waits ? 'wait' : 'replace',
        }),
      );
      const { replace, waiting } = failover({ nodes, tasks: placed, since, now: NOW });
      const silence = (id: string) => {
        const node = nodes.find((one) => one.id === id);
        return node ? NOW - (node.lastHeard ?? since) : 0;
      };
      const onDown = placed.filter((one) => silence(one.node) >= 10_000 && upFor >= 30_000);
      const names = (of: readonly { readonly service: string }[]) => of.map(({ service }) => service).sort();
      assert.deepEqual(names([...replace, ...waiting]), names(onDown.map((one) => one.wanted)));
      for (const { service } of replace) {
        const one = placed.find((task) => task.wanted.service === service);
        assert.ok(one && one.whenLost === 'replace' && one.wanted.pins.length === 0);
      }
      const recent = nodes.filter(({ id }) => silence(id) >= 6_000 && silence(id) <= 15_000);
      const before = nodes.filter(({ id }) => silence(id) <= 15_000);
      const isWave = nodes.every(({ id }) => silence(id) <= 15_000 || silence(id) > 45_000);
      if (isWave && recent.length * 2 > before.length) assert.ok(replace.every((one) => silence(one.node) > 45_000));
    }),
    RUNS,
  );
});
