import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNurseryWatch } from '../../../../src/dataplane/supervisor/nursery-watch.ts';

const EVERY = 1000;

/** A watch whose time the test tells, and what it did. */
function setUp({ answers = true, master = true } = {}) {
  const done: string[] = [];
  const state = { answers, master, now: 0 };
  const watch = createNurseryWatch({
    every: EVERY,
    ping: () => {
      if (state.answers) watch.answered();
    },
    isLookedAfter: () => state.master,
    onLost: (reason) => done.push(reason),
    onStuck: () => done.push('ended'),
  });
  const beat = (times: number): void => {
    for (let i = 0; i < times; i += 1) {
      state.now += EVERY;
      watch.beat(state.now);
    }
  };
  return { watch, state, done, beat };
}

test('one that answers is left alone', () => {
  const { watch, done, beat } = setUp();
  watch.answered();
  beat(100);
  assert.deepEqual(done, []);
});

test('one that answers no more ends the whole, which is started again', () => {
  const { watch, state, done, beat } = setUp();
  watch.answered();
  beat(10);
  state.answers = false;
  beat(10);
  assert.deepEqual(done.slice(0, 2), ['it does not answer', 'ended']);
});

test('while nobody would start the whole again the workers serve on, and it ends when a master comes', () => {
  const { watch, state, done, beat } = setUp({ master: false });
  watch.answered();
  beat(10);
  watch.lost('it was killed');
  beat(50);
  assert.deepEqual(done, ['it was killed']);
  state.master = true;
  beat(1);
  assert.deepEqual(done, ['it was killed', 'ended']);
});
