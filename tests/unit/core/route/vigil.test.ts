import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVigil, type Vigil } from '../../../../src/core/route/vigil.ts';

const EVERY = 5000;

/** A vigil over workers that have said their first word, and beats in time unless told otherwise. */
function setUp(...ids: readonly number[]) {
  const vigil = createVigil(EVERY);
  let now = 1000;
  vigil.beat(now);
  for (const id of ids) {
    vigil.begin(id);
    vigil.answered(id);
  }
  const beat = (after = EVERY) => {
    now += after;
    return vigil.beat(now);
  };
  const hungAfter = (beats: number, answering: readonly number[] = []) => {
    const found = [];
    for (let i = 0; i < beats; i += 1) {
      const { ask, hung } = beat();
      for (const id of ask) if (answering.includes(id)) vigil.answered(id);
      found.push(hung);
    }
    return found;
  };
  return { vigil, beat, hungAfter };
}

test('a worker that answers what it is asked is never taken for hung', () => {
  const { hungAfter } = setUp(1);
  assert.deepEqual(new Set(hungAfter(20, [1])), new Set([undefined]));
});

test('a silent worker is asked once whether it is there, and hangs after two beats without an answer', () => {
  const { beat } = setUp(1);
  assert.deepEqual(beat(), { ask: [], hung: undefined });
  assert.deepEqual(beat(), { ask: [1], hung: undefined });
  assert.deepEqual(beat(), { ask: [], hung: undefined });
  assert.deepEqual(beat(), { ask: [], hung: 1 });
});

test('a worker that says something, or owes an answer already, is not asked', () => {
  const { vigil, beat } = setUp(1, 2);
  beat();
  vigil.heard(1);
  vigil.asked(2);
  assert.deepEqual(beat().ask, []);
});

test('to say something is no answer to what is owed', () => {
  const { vigil, beat } = setUp(1);
  vigil.asked(1);
  const found = [beat(), beat(), beat()].map(({ hung }) => {
    vigil.heard(1);
    return hung;
  });
  assert.deepEqual(found, [undefined, undefined, 1]);
});

test('the time begins anew with each answer, as long as more is owed', () => {
  const { vigil, hungAfter } = setUp(1);
  vigil.asked(1);
  vigil.asked(1);
  assert.deepEqual(hungAfter(2), [undefined, undefined]);
  vigil.answered(1);
  assert.deepEqual(hungAfter(3), [undefined, undefined, 1]);
});

test('what passed while nobody kept the vigil does not count', () => {
  const { vigil, beat, hungAfter } = setUp(1);
  vigil.asked(1);
  beat();
  beat();
  for (let i = 0; i < 5; i += 1) assert.equal(beat(3_600_000).hung, undefined);
  assert.deepEqual(hungAfter(1), [1]);
});

test('a worker has longer for its first word', () => {
  const { vigil, hungAfter } = setUp();
  vigil.begin(1);
  assert.deepEqual(hungAfter(7), [...Array.from({ length: 6 }, () => undefined), 1]);
});

test('of several that hang one is named, until it is gone and its successor has said a word', () => {
  const { vigil, hungAfter } = setUp(1, 2);
  vigil.asked(2);
  vigil.asked(1);
  assert.deepEqual(hungAfter(3), [undefined, undefined, 1]);
  vigil.killed(1);
  assert.deepEqual(hungAfter(2), [undefined, undefined]);
  vigil.end(1);
  vigil.begin(3);
  assert.deepEqual(hungAfter(2), [undefined, undefined]);
  vigil.answered(3);
  assert.deepEqual(hungAfter(1, [3]), [2]);
});

test('a successor that hangs as well does not keep the others from being replaced', () => {
  const { vigil, hungAfter } = setUp(1, 2);
  vigil.asked(1);
  vigil.asked(2);
  hungAfter(3);
  vigil.killed(1);
  vigil.end(1);
  vigil.begin(3);
  assert.deepEqual(hungAfter(7).at(-1), 2);
});

test('words of a worker that is gone change nothing', () => {
  const { vigil, beat } = setUp(1);
  vigil.end(1);
  const late: (keyof Pick<Vigil, 'asked' | 'answered' | 'heard' | 'killed'>)[] = [
    'asked',
    'answered',
    'heard',
    'killed',
  ];
  for (const call of late) vigil[call](1);
  assert.deepEqual(beat(), { ask: [], hung: undefined });
});
