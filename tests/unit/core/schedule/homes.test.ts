import assert from 'node:assert/strict';
import { it, test } from 'node:test';
import fc from 'fast-check';
import { findHomes, type SeenHome } from '../../../../src/core/schedule/homes.ts';
import { often } from '../../../lab/often.ts';

const RUNS = { numRuns: often(300, 'ORCA_PROPERTY_RUNS') };
const NOW = 1_000_000;
const UP = { now: NOW, since: NOW - 500_000 };

/** Silent, and unread, for so long, ms. */
const seen = (id: string, silent: number | undefined, unread = 0): SeenHome => ({
  node: { id, name: `node-${id}`, availability: 'active' },
  lastHeard: silent === undefined ? undefined : NOW - silent,
  lastRead: NOW - unread,
});

const homeOf = (id: string, nodes: readonly SeenHome[]) => findHomes(nodes, UP).homes.get(id);

it('a node that is not heard is down, one that is heard and not read is mute, but for an only one', () => {
  const others = [seen('x', 0), seen('y', 0)];
  assert.equal(homeOf('a', [seen('a', 10_000), ...others])?.isDown, true);
  const mute = homeOf('a', [seen('a', 0, 10_000), ...others]);
  assert.deepEqual([mute?.isDown, mute?.isMute], [false, true]);
  assert.equal(homeOf('a', [seen('a', 0, 10_000)])?.isMute, undefined);
  assert.equal(homeOf('a', [seen('a', 10_000, 10_000), ...others])?.isMute, undefined, 'it is down');
});

it('nodes that are mute count among those that are lost at once', () => {
  const { homes, alarms } = findHomes([seen('a', 11_000), seen('b', 0, 11_000), seen('c', 0)], UP);
  assert.equal(alarms.length, 1);
  assert.deepEqual(
    ['a', 'b', 'c'].map((id) => homes.get(id)?.alarm),
    [alarms[0], alarms[0], undefined],
  );
});

const ages = fc.constantFrom(0, 2_000, 5_999, 6_000, 9_999, 10_000, 15_000, 45_000, 200_000);
const worlds = fc.array(fc.record({ silent: fc.option(ages), unread: ages }), { minLength: 1, maxLength: 7 });

test('whoever is heard and read stays as it is; an alarm is about what is down or mute, and nothing is both', () => {
  fc.assert(
    fc.property(worlds, fc.constantFrom(0, 29_999, 30_000, 500_000), (nodes, upFor) => {
      const listening = { now: NOW, since: NOW - upFor };
      const all = nodes.map(({ silent, unread }, at) => seen(String(at), silent ?? undefined, unread));
      const { homes, alarms } = findHomes(all, listening);
      assert.equal(homes.size, all.length);
      for (const { node, lastHeard, lastRead } of all) {
        const home = homes.get(node.id);
        assert.ok(home);
        assert.ok(!(home.isDown && home.isMute), 'a node that is down is not asked whether it can be read');
        const isFine = lastHeard !== undefined && NOW - lastHeard < 10_000 && NOW - lastRead < 10_000;
        if (isFine || upFor < 30_000)
          assert.deepEqual([home.isDown, home.isMute, home.alarm], [false, undefined, undefined]);
        if (home.alarm !== undefined) assert.ok((home.isDown || home.isMute) && alarms.includes(home.alarm));
      }
      const away = [...homes.values()].filter(({ isDown, isMute }) => isDown || isMute);
      if (away.length === 0) assert.deepEqual(alarms, []);
    }),
    RUNS,
  );
});

test('the order of the records decides nothing', () => {
  fc.assert(
    fc.property(worlds, (nodes) => {
      const all = nodes.map(({ silent, unread }, at) => seen(String(at), silent ?? undefined, unread));
      const [there, back] = [findHomes(all, UP), findHomes(all.toReversed(), UP)];
      for (const [id, home] of there.homes) assert.deepEqual(back.homes.get(id), home);
      assert.deepEqual(new Set(back.alarms), new Set(there.alarms));
    }),
    RUNS,
  );
});
