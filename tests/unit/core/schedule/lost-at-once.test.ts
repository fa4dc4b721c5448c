import assert from 'node:assert/strict';
import { it, test } from 'node:test';
import fc from 'fast-check';
import { type HeardNode, lostAtOnce } from '../../../../src/core/schedule/lost-at-once.ts';
import { often } from '../../../lab/often.ts';

const RUNS = { numRuns: often(300, 'ORCA_PROPERTY_RUNS') };
const NOW = 1_000_000;

/** Silent for so long, ms; undefined: never heard. */
const heard = (id: string, silent: number | undefined): HeardNode => ({
  id,
  name: `node-${id}`,
  availability: 'active',
  lastHeard: silent === undefined ? undefined : NOW - silent,
});

const alarms = (nodes: readonly HeardNode[], upFor = 500_000) => lostAtOnce(nodes, { now: NOW, since: NOW - upFor });
const lost = (nodes: readonly HeardNode[], upFor?: number) => [...alarms(nodes, upFor).keys()].sort();

it('of more than half it is said of each', () => {
  const found = alarms([heard('a', 0), heard('b', 11_000), heard('c', 12_000)]);
  const said =
    '2 of 3 nodes were lost at once (node-c, node-b): nothing is moved, as the cause is probably the network or the master';
  assert.deepEqual([found.get('b'), found.get('c'), found.size], [said, said, 2]);
});

it('the first to be down is not taken for the only one', () => {
  assert.deepEqual(lost([heard('a', 0), heard('b', 10_000), heard('c', 9_000)]), ['b', 'c']);
  assert.deepEqual(lost([heard('a', 0), heard('b', 10_000), heard('c', 1_000)]), []);
});

it('half of them are not more than half', () => {
  assert.deepEqual(lost([heard('a', 0), heard('b', 11_000)]), []);
});

it('those lost long before do not count', () => {
  const nodes = [heard('a', 0), heard('b', 1_000), heard('c', 15_000), heard('d', 400_000), heard('e', 300_000)];
  assert.deepEqual(lost(nodes), []);
});

const world = fc.record({
  silent: fc.array(fc.option(fc.constantFrom(0, 2_000, 5_999, 6_000, 9_999, 10_000, 15_000, 45_000, 200_000)), {
    minLength: 1,
    maxLength: 7,
  }),
  upFor: fc.constantFrom(0, 10_000, 29_999, 30_000, 300_000),
});

test('if more than half went silent within seconds each of them is named, and none that is heard', () => {
  fc.assert(
    fc.property(world, ({ silent, upFor }) => {
      const nodes = silent.map((ms, at) => heard(String(at), ms === null ? undefined : Math.min(ms, upFor)));
      const silence = ({ lastHeard }: HeardNode) => NOW - (lastHeard ?? NOW - upFor);
      const found = new Set(lost(nodes, upFor));
      for (const node of nodes)
        if (silence(node) < 6_000 && node.lastHeard !== undefined) assert.ok(!found.has(node.id));
      const recent = nodes.filter((node) => silence(node) >= 6_000 && silence(node) <= 15_000);
      const before = nodes.filter((node) => silence(node) <= 15_000);
      const isWave = nodes.every((node) => silence(node) <= 15_000 || silence(node) > 45_000);
      if (isWave && recent.length * 2 > before.length) for (const { id } of recent) assert.ok(found.has(id));
    }),
    RUNS,
  );
});
