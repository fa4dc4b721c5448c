import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ProbeResult } from '../../../../src/core/route/readiness.ts';
import type { Target } from '../../../../src/core/route/table.ts';
import { type ContentionState, createContentions } from '../../../../src/dataplane/supervisor/contention.ts';

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const told: ContentionState[] = [];
  const contentions = createContentions({ broadcast: (state) => told.push(state), now: Date.now });
  t.after(() => contentions.stop());
  const convict = (task: string): void =>
    contentions.heard([
      { task, kind: 'released' },
      { task, kind: 'answered' },
    ]);
  return { contentions, told, convict, pass: (ms: number) => t.mock.timers.tick(ms) };
}

test('the first that is silent is told at once, those behind it together, and each once', (t) => {
  const { contentions, told, pass } = setUp(t);
  contentions.heard([{ task: 'a', kind: 'silent' }]);
  contentions.heard([{ task: 'b', kind: 'silent' }]);
  contentions.heard([
    { task: 'b', kind: 'silent' },
    { task: 'c', kind: 'silent' },
  ]);
  assert.deepEqual(told, [{ serial: [], release: ['a'] }]);
  pass(50);
  assert.deepEqual(told[1], { serial: [], release: ['b', 'c'] });
  pass(1000);
  assert.equal(told.length, 2);
});

test('serial targets are told at once, to a new worker too, until their time is over or they are gone', (t) => {
  const { contentions, told, convict, pass } = setUp(t);
  convict('a');
  assert.deepEqual(told.at(-1)?.serial, ['a']);
  pass(30_000);
  convict('b');
  contentions.tell();
  pass(50);
  assert.deepEqual([told.length, told.at(-1)?.serial], [3, ['a', 'b']]);
  pass(29_950);
  assert.deepEqual([told.length, told.at(-1)?.serial], [4, ['b']]);
  contentions.keep(new Set(['a']));
  contentions.tell();
  pass(50);
  assert.deepEqual(told.at(-1)?.serial, []);
});

test('one that is seen to do two at once is not serial from that moment', (t) => {
  const { contentions, told, convict } = setUp(t);
  convict('a');
  contentions.heard([{ task: 'a', kind: 'concurrent' }]);
  assert.deepEqual(told.at(-1)?.serial, []);
  convict('a');
  assert.equal(told.length, 2);
});

test('a probe says that it is silent less and less often, and that it was answered only if it was', async (t) => {
  const { contentions, told, pass } = setUp(t);
  let end = (_: ProbeResult): void => {};
  const probe = contentions.watched(() => new Promise((resolve) => (end = resolve)));
  const target = { task: 'a' } as Target;
  const released = (): number => told.filter(({ release }) => release.includes('a')).length;
  const first = probe(target, new AbortController().signal);
  const counts = [99, 1, 199, 1, 399, 1].map((ms) => {
    pass(ms);
    return released();
  });
  assert.deepEqual(counts, [0, 1, 1, 2, 2, 3]);
  contentions.heard([{ task: 'a', kind: 'released' }]);
  end({ kind: 'miss', error: 'no answer' });
  await first;
  pass(10_000);
  assert.deepEqual([released(), told.at(-1)?.serial], [3, []]);
  const second = probe(target, new AbortController().signal);
  pass(100);
  contentions.heard([{ task: 'a', kind: 'released' }]);
  end({ kind: 'pass' });
  await second;
  assert.deepEqual(told.at(-1)?.serial, ['a']);
});
