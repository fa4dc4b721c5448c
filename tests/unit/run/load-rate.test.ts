import assert from 'node:assert/strict';
import { it } from 'node:test';
import { perSecond } from '../../lab/load/rate.ts';

it('asks for all that is to be served in a long run, else for a quarter, or for what a variable says', () => {
  assert.equal(perSecond(500, { ORCA_LONG: '1' }), 500);
  assert.equal(perSecond(500, {}), 125);
  assert.equal(perSecond(500, { ORCA_LONG: '1', ORCA_LOAD_DIVIDED_BY: '200' }), 3);
});
