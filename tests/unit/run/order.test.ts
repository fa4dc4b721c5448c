import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { LONG, longestFirst } from '../../run/order.ts';

describe('the order of test files', () => {
  it('is the long ones, the longest first, then the others by name', () => {
    const [longest = '', next = ''] = LONG;
    assert.deepEqual(longestFirst(['tests/b.test.ts', next, 'tests/a.test.ts', longest]), [
      longest,
      next,
      'tests/a.test.ts',
      'tests/b.test.ts',
    ]);
  });

  it('knows only files that are there', () => {
    const root = join(import.meta.dirname, '../../..');
    assert.deepEqual(
      LONG.filter((file) => !existsSync(join(root, file))),
      [],
    );
  });
});
