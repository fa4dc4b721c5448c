import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NodeSeen, readinessOf } from '../../../../src/core/nodes/readiness.ts';

const READY: NodeSeen = { life: 'ready', engineDown: undefined, isPrepared: true, isTried: true, hasDataPlane: true };

test('a node takes tasks once it is heard, read, prepared, and probed', () => {
  assert.deepEqual(readinessOf(READY), { status: 'ready' });
  assert.deepEqual(
    readinessOf({ ...READY, hasDataPlane: undefined }),
    { status: 'ready' },
    'of the master nobody asks',
  );
});

test('what it lacks is said; of one that is not heard only that', () => {
  const nothing = { engineDown: 'gone', isPrepared: false, isTried: false, hasDataPlane: false };
  assert.deepEqual(readinessOf({ ...nothing, life: 'down' }), { status: 'down' });
  assert.deepEqual(readinessOf({ ...nothing, life: 'suspect' }), { status: 'suspect' });
  assert.deepEqual(readinessOf({ ...READY, engineDown: 'nothing heard for 3 s' }), { status: 'suspect' });
  const network = 'its edge network is not there yet';
  assert.deepEqual(readinessOf({ ...READY, isPrepared: false }), { status: 'suspect', reason: network });
  const trial = 'no container has run there yet';
  assert.deepEqual(readinessOf({ ...READY, isTried: false }), { status: 'suspect', reason: trial });
  const plane = 'its data plane is not connected';
  assert.deepEqual(readinessOf({ ...READY, hasDataPlane: false }), { status: 'suspect', reason: plane });
});
