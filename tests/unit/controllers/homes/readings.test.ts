import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createReadings } from '../../../../src/controllers/homes/readings.ts';

it('an engine was read last when it could be read last, and silence of the node itself does not count', () => {
  let down: string | undefined = 'it has not been read yet';
  const readings = createReadings({ engineDown: () => down });
  const at = (now: number, lastHeard: number | undefined = now) => readings.of('b', { now, since: 0, lastHeard });
  assert.equal(at(1_000), 1_000, 'met first');
  assert.equal(at(9_000), 1_000);
  down = undefined;
  assert.equal(at(10_000), 10_000);
  down = 'it is gone';
  assert.equal(at(15_000), 10_000);
  assert.equal(at(40_000, 20_000), 40_000, 'while the node is silent');
  assert.equal(at(41_000), 40_000, 'back again');
  readings.retain([]);
  assert.equal(at(42_000), 42_000, 'met anew');
});
