import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCommit } from '../../../../src/controllers/commit.ts';
import { createDeploymentSteps } from '../../../../src/controllers/services/deployment-steps.ts';
import { putService } from '../../store/put-service.ts';
import { deployment, openState, revision, service } from '../support/shop.ts';

test('a controller that goes back leaves what was asked for as it was, and writes what came of it', async (t) => {
  const state = await openState(t);
  const asked = service({ revision: 2, replicas: 5, deployment: 2 });
  await state.store.txn({
    then: [
      state.cluster.put({ name: 'term', number: 1 }),
      ...putService(state, asked),
      state.revisions.put(revision()),
      state.revisions.put(revision({ number: 2 })),
      state.deployments.put(deployment({ id: 2, from: 1, to: 2 })),
    ],
  });
  const key = state.services.key('shop', 'web');
  const wish = await state.store.get(key);
  const lastWords = () => Promise.resolve([]);
  const apply = createDeploymentSteps({ state, commit: createCommit(state, 1), clock: { now: () => 9 }, lastWords });
  const failure = { reason: 'web.1 ended', failedRequests: 0 };
  await apply('shop', 'web', { kind: 'fail', deployment: 2, to: 1, replicas: 3, failure, reason: 'it has failed' });
  const back = (await state.services.get('shop', 'web'))?.value;
  assert.deepEqual([back?.revision, back?.replicas, back?.deployment], [1, 3, 2]);
  await apply('shop', 'web', {
    kind: 'settle',
    deployment: 2,
    state: 'rolled-back',
    reason: 'revision 1 serves again',
  });
  const after = (await state.services.get('shop', 'web'))?.value;
  assert.deepEqual([after?.revision, after?.replicas, after?.deployment, after?.stable], [1, 3, undefined, 1]);
  assert.deepEqual(await state.store.get(key), wish, 'nobody but the API writes it');
});

test('a step that was decided before a new wish changes nothing', async (t) => {
  const state = await openState(t);
  await state.store.txn({
    then: [
      state.cluster.put({ name: 'term', number: 1 }),
      ...putService(state, service({ deployment: 1 })),
      state.revisions.put(revision()),
      state.deployments.put(deployment()),
    ],
  });
  const commit = createCommit(state, 1);
  const meanwhile: typeof commit = async (compare, then) => {
    const stored = await state.services.get('shop', 'web');
    assert.ok(stored);
    await state.store.txn({ then: [state.services.putWish({ ...stored.value, paused: true }, stored)] });
    return commit(compare, then);
  };
  const clock = { now: () => 9 };
  const apply = createDeploymentSteps({ state, commit: meanwhile, clock, lastWords: () => Promise.resolve([]) });
  const step = { kind: 'succeed', deployment: 1, reason: 'it serves' } as const;
  await assert.rejects(apply('shop', 'web', step), { code: 'conflict' });
  assert.equal((await state.deployments.get(1))?.value.state, 'running');
});
