import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { LONG, longestFirst, spread } from '../../run/order.ts';

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

  it('has those that compute spread over those that wait, each once', () => {
    const ordered = (waiting: number, computing: number): string =>
      spread(
        [
          ...Array.from({ length: waiting }, () => 'tests/e2e/a.test.ts'),
          ...Array.from({ length: computing }, () => 'tests/unit/a.test.ts'),
        ],
        (file) => file,
      )
        .map((file) => (file.startsWith('tests/unit/') ? 'c' : 'w'))
        .join('');
    assert.deepEqual(
      [ordered(4, 2), ordered(2, 4), ordered(1, 3), ordered(3, 0), ordered(0, 2), ordered(0, 0)],
      ['wcwwcw', 'wccwcc', 'wccc', 'www', 'cc', ''],
    );
  });
});
