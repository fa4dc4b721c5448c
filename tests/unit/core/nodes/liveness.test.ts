import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lifeOf, NONE_DOWN_FOR, reasonOf } from '../../../../src/core/nodes/liveness.ts';

const since = 1_000_000;
const late = since + 10 * NONE_DOWN_FOR;
const life = (silent: number, now = late) => lifeOf({ now, since, lastHeard: now - silent });

describe('how a node is', () => {
  it('is ready, suspect from 6 s of silence, down from 10 s', () => {
    assert.deepEqual(
      [0, 3_000, 5_999, 6_000, 9_999, 10_000, 99_000].map((silent) => life(silent)),
      ['ready', 'ready', 'ready', 'suspect', 'suspect', 'down', 'down'],
    );
  });

  it('is at worst suspect for 30 s after a master started, whatever was heard before', () => {
    for (const lastHeard of [undefined, since - 1, since - 500_000]) {
      assert.equal(lifeOf({ now: since + NONE_DOWN_FOR - 1, since, lastHeard }), 'suspect');
      assert.equal(lifeOf({ now: since + NONE_DOWN_FOR, since, lastHeard }), 'down');
    }
    assert.equal(life(20_000, since + 25_000), 'suspect');
  });

  it('only ever gets worse while nothing is heard, and is ready at once when something is', () => {
    const rank = { ready: 0, suspect: 1, down: 2 };
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(60_000), fc.nat(60_000), (age, first, more) => {
        const heard = since + age;
        const at = (silent: number) => rank[lifeOf({ now: heard + silent, since, lastHeard: heard })];
        assert.ok(at(first) <= at(first + more));
        assert.equal(at(0), 0);
      }),
    );
  });

  it('is told with how long nothing was heard, and why', () => {
    const hearing = { now: late, since, lastHeard: late - 12_400 };
    assert.equal(
      reasonOf('down', hearing, 'the node ended the connection'),
      'nothing heard for 12 s: the node ended the connection',
    );
    assert.equal(reasonOf('ready', hearing, undefined), null);
    assert.match(
      reasonOf('suspect', { now: since + 5_000, since, lastHeard: undefined }, undefined) ?? '',
      /since the master started 5 s ago/,
    );
  });
});
