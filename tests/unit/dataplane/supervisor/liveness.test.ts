import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLiveness, type Liveness } from '../../../../src/dataplane/supervisor/liveness.ts';

const EVERY = 5000;

/** Watches workers that have said their first word, and beats in time unless told otherwise. */
function setUp(...ids: readonly number[]) {
  const liveness = createLiveness(EVERY);
  let now = 1000;
  liveness.beat(now);
  for (const id of ids) {
    liveness.begin(id);
    liveness.answered(id);
  }
  const beat = (after = EVERY) => {
    now += after;
    return liveness.beat(now);
  };
  const hungAfter = (beats: number, answering: readonly number[] = []) => {
    const found = [];
    for (let i = 0; i < beats; i += 1) {
      const { ask, hung } = beat();
      for (const id of ask) if (answering.includes(id)) liveness.answered(id);
      found.push(hung);
    }
    return found;
  };
  return { liveness, beat, hungAfter };
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
  const { liveness, beat } = setUp(1, 2);
  beat();
  liveness.heard(1);
  liveness.asked(2);
  assert.deepEqual(beat().ask, []);
});

test('to say something is no answer to what is owed', () => {
  const { liveness, beat } = setUp(1);
  liveness.asked(1);
  const found = [beat(), beat(), beat()].map(({ hung }) => {
    liveness.heard(1);
    return hung;
  });
  assert.deepEqual(found, [undefined, undefined, 1]);
});

test('the time begins anew with each answer, as long as more is owed', () => {
  const { liveness, hungAfter } = setUp(1);
  liveness.asked(1);
  liveness.asked(1);
  assert.deepEqual(hungAfter(2), [undefined, undefined]);
  liveness.answered(1);
  assert.deepEqual(hungAfter(3), [undefined, undefined, 1]);
});

test('what passed while nobody watched does not count', () => {
  const { liveness, beat, hungAfter } = setUp(1);
  liveness.asked(1);
  beat();
  beat();
  for (let i = 0; i < 5; i += 1) assert.equal(beat(3_600_000).hung, undefined);
  assert.deepEqual(hungAfter(1), [1]);
});

test('a worker has longer for its first word', () => {
  const { liveness, hungAfter } = setUp();
  liveness.begin(1);
  assert.deepEqual(hungAfter(7), [...Array.from({ length: 6 }, () => undefined), 1]);
});

test('of several that hang one is named, until it is gone and its successor has said a word', () => {
  const { liveness, hungAfter } = setUp(1, 2);
  liveness.asked(2);
  liveness.asked(1);
  assert.deepEqual(hungAfter(3), [undefined, undefined, 1]);
  liveness.killed(1);
  assert.deepEqual(hungAfter(2), [undefined, undefined]);
  liveness.end(1);
  liveness.begin(3);
  assert.deepEqual(hungAfter(2), [undefined, undefined]);
  liveness.answered(3);
  assert.deepEqual(hungAfter(1, [3]), [2]);
});

test('a successor that hangs as well does not keep the others from being replaced', () => {
  const { liveness, hungAfter } = setUp(1, 2);
  liveness.asked(1);
  liveness.asked(2);
  hungAfter(3);
  liveness.killed(1);
  liveness.end(1);
  liveness.begin(3);
  assert.deepEqual(hungAfter(7).at(-1), 2);
});

test('words of a worker that is gone change nothing', () => {
  const { liveness, beat } = setUp(1);
  liveness.end(1);
  const late: (keyof Pick<Liveness, 'asked' | 'answered' | 'heard' | 'killed'>)[] = [
    'asked',
    'answered',
    'heard',
    'killed',
  ];
  for (const call of late) liveness[call](1);
  assert.deepEqual(beat(), { ask: [], hung: undefined });
});
