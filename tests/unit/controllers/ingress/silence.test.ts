import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSilence } from '../../../../src/controllers/ingress/silence.ts';

const EVERY = 5000;

/** Of a connection that was just opened; looks in time unless told otherwise. */
function setUp() {
  let now = 1000;
  const silence = createSilence(EVERY, now);
  const look = (after = EVERY) => {
    now += after;
    return silence.look(now);
  };
  return { silence, look };
}

test('who does not answer the first word is silent, which is told once', () => {
  const { look } = setUp();
  assert.deepEqual([look(), look(), look()], ['silent', undefined, undefined]);
});

test('who says nothing is asked, and silent when that is not answered until the next look', () => {
  const { silence, look } = setUp();
  silence.heard();
  assert.deepEqual([look(), look(), look(), look()], [undefined, 'ask', 'silent', undefined]);
});

test('who says something, or answers, is never silent', () => {
  const { silence, look } = setUp();
  for (let i = 0; i < 5; i += 1) {
    silence.heard();
    assert.equal(look(), undefined);
    assert.equal(look(), 'ask');
  }
});

test('a word ends a silence, and the next is told again', () => {
  const { silence, look } = setUp();
  look();
  assert.equal(silence.heard(), true);
  assert.equal(silence.heard(), false);
  assert.deepEqual([look(), look(), look()], [undefined, 'ask', 'silent']);
});

test('what passed while nobody looked does not count', () => {
  const { look } = setUp();
  for (let i = 0; i < 3; i += 1) assert.equal(look(3_600_000), undefined);
  assert.equal(look(), 'silent');
});
