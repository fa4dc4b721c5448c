import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys } from '../../../../src/store/bounds.ts';
import type { Change, Entry } from '../../../../src/store/contract.ts';
import { createMemory, type Memory } from '../../../../src/store/mirror/memory.ts';

const entry = (key: string, revision: number): Entry => ({
  key,
  value: '',
  createRevision: revision,
  modRevision: revision,
  version: 1,
});
const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '😀', '\ufffd'), maxLength: 3 });
const change = fc.record({ key, isPut: fc.boolean() });

/** Keys, by pages of two. */
function pages(memory: Memory): readonly string[] {
  const found: string[] = [];
  for (let more = true; more; ) {
    const page = memory.page({ prefix: '', after: found.at(-1) }, 2);
    found.push(...page.entries.map((one) => one.key));
    more = page.more;
  }
  return found;
}

test('whatever comes and goes, it tells what is there, in the order of keys', () => {
  fc.assert(
    fc.property(fc.uniqueArray(key), fc.array(change, { maxLength: 40 }), (first, changes) => {
      const memory = createMemory('');
      const there = new Set(first);
      memory.replace(first.map((one) => entry(one, 1)));
      for (const { key: changed, isPut } of changes) {
        const next: Change = isPut
          ? { type: 'put', entry: entry(changed, 2) }
          : { type: 'delete', key: changed, modRevision: 2 };
        memory.apply(next);
        if (isPut) there.add(changed);
        else there.delete(changed);
        const told = [...memory.entries({ prefix: '' })].map((one) => one.key);
        assert.deepEqual(told, [...there].sort(compareKeys));
        assert.deepEqual(pages(memory), told);
        assert.equal(memory.page({ prefix: '' }, 2), memory.page({ prefix: '' }, 2), 'the same while nothing changes');
        assert.deepEqual(memory.get(changed) !== undefined, isPut);
      }
    }),
  );
});
