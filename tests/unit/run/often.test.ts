import assert from 'node:assert/strict';
import { it } from 'node:test';
import { often } from '../../lab/often.ts';

it('tries as often as usual, ten times that in a long run, and as a variable says', () => {
  assert.equal(often(30, 'TRIES', {}), 30);
  assert.equal(often(30, 'TRIES', { ORCA_LONG: '1' }), 300);
  assert.equal(often(30, 'TRIES', { ORCA_LONG: '1', TRIES: '7' }), 7);
});
