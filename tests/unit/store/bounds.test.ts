import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { boundsOf, prefixEnd } from '../../../src/store/bounds.ts';

const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const text = fc.string({ unit: 'binary', maxLength: 4 }).filter((made) => made.isWellFormed() && !made.includes('\0'));

suite('bounds of a range', () => {
  test('a prefix ends before the next text that does not begin with it', () => {
    assert.equal(prefixEnd('a/'), 'a0');
    assert.equal(prefixEnd('a\ud7ff'), 'a\ue000');
    assert.equal(prefixEnd('a\u{10ffff}'), 'b');
    assert.equal(prefixEnd('\u{10ffff}'), undefined);
    assert.equal(prefixEnd(''), undefined);
  });

  test('a key is within the bounds of a prefix exactly if it begins with it', () => {
    const any = fc
      .tuple(text, text, fc.boolean())
      .map(([prefix, rest, under]) => [prefix, under ? prefix + rest : rest]);
    fc.assert(
      fc.property(any, ([prefix = '', key = '']) => {
        const { low, high } = boundsOf({ prefix });
        const within = bytes(key, low) >= 0 && (high === undefined || bytes(key, high) < 0);
        assert.equal(within, key.startsWith(prefix));
      }),
    );
  });

  test('a page goes on after its key, in both directions', () => {
    assert.deepEqual(boundsOf({ prefix: 'a/', after: 'a/5' }), { low: 'a/5\0', high: 'a0' });
    assert.deepEqual(boundsOf({ prefix: 'a/', after: 'a/5', reverse: true }), { low: 'a/', high: 'a/5' });
    assert.deepEqual(boundsOf({ prefix: 'a/', after: 'A' }), { low: 'a/', high: 'a0' });
    assert.deepEqual(boundsOf({ prefix: 'a/', after: 'b', reverse: true }), { low: 'a/', high: 'a0' });
  });
});
