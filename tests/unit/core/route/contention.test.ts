import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Contention, isSerial, type Sign, step, UNKNOWN } from '../../../../src/core/route/contention.ts';

const after = (from: Contention, ...signs: (readonly [kind: Sign['kind'], at: number])[]): Contention =>
  signs.reduce((state, [kind, at]) => step(state, kind, at), from);

test('an answer that came as soon as kept connections were closed has waited for that', () => {
  const serial = after(UNKNOWN, ['silent', 100], ['released', 110], ['answered', 900]);
  assert.ok(isSerial(serial, 901));
  assert.ok(isSerial(serial, 60_899));
  assert.ok(!isSerial(serial, 60_900));
});

test('an answer without that, or long after it, says nothing', () => {
  assert.ok(!isSerial(after(UNKNOWN, ['silent', 100], ['answered', 110]), 120));
  assert.ok(!isSerial(after(UNKNOWN, ['released', 100], ['answered', 1101]), 1102));
  const once = after(UNKNOWN, ['released', 100], ['answered', 110]);
  assert.equal(step(once, 'answered', 120), once, 'one end of kept connections is behind one answer');
});

test('each time it is taken for serial for twice as long, ten minutes at most', () => {
  let state = UNKNOWN;
  const terms: number[] = [];
  for (let at = 1; terms.length < 6; at = state.serialUntil + 1) {
    state = after(state, ['released', at], ['answered', at]);
    terms.push((state.serialUntil - at) / 60_000);
  }
  assert.deepEqual(terms, [1, 2, 4, 8, 10, 10]);
});

test('one that was seen to do two at once is never serial, nor any more', () => {
  const serial = after(UNKNOWN, ['released', 100], ['answered', 110]);
  const acquitted = step(serial, 'concurrent', 120);
  assert.ok(!isSerial(acquitted, 121));
  assert.ok(!isSerial(after(acquitted, ['silent', 130], ['released', 140], ['answered', 150]), 151));
});
