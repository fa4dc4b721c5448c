import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createCommit } from '../../../../src/controllers/commit.ts';
import { createNodeEdge } from '../../../../src/controllers/node/edge.ts';
import { openState } from '../support/shop.ts';

test('its network is looked for and made by one at a time: Docker would give two the same name', async (t) => {
  const state = await openState(t);
  await state.store.txn({ then: [state.cluster.put({ name: 'term', number: 1 })] });
  const made: string[] = [];
  const ensureEdge = async (network: string) => {
    const isThere = made.includes(network);
    await nextTurn();
    if (!isThere) made.push(network);
    return { subnet: '10.208.0.0/20', gateway: '10.208.0.1', bridge: 'br-1' };
  };
  const options = { state, node: 'local', isOwn: true, commit: createCommit(state, 1), cluster: 'c1' };
  const edge = createNodeEdge({ ...options, engine: { ensureEdge } });
  await Promise.all([edge.prepare(), edge.prepare(), edge.prepare()]);
  assert.deepEqual(made, ['orca-c1-edge']);
  assert.ok(edge.ready());
});
