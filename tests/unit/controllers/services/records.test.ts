import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRecords } from '../../../../src/controllers/services/records.ts';
import { putService } from '../../store/put-service.ts';
import { deployment, openState, revision, service, task } from '../support/shop.ts';

test('a deployment that ends between two reads is seen with its service, not without', async (t) => {
  const state = await openState(t);
  const { stable: _, ...first } = service({ deployment: 1 });
  await state.store.txn({
    then: [...putService(state, first), state.revisions.put(revision()), state.deployments.put(deployment())],
  });
  let ends = true;
  const get: typeof state.deployments.get = async (...key) => {
    if (ends) {
      ends = false;
      const succeeded = deployment({ state: 'succeeded' });
      await state.store.txn({ then: [...putService(state, service()), state.deployments.put(succeeded)] });
    }
    return state.deployments.get(...key);
  };
  const records = await readRecords({ ...state, deployments: { ...state.deployments, get } }, 'shop', 'web');
  assert.equal(records?.service.value.stable, 1);
  assert.equal(records?.deployment, undefined);
});

test('a deployment that begins to go back between two reads is seen with the revision that it goes back to', async (t) => {
  const state = await openState(t);
  const canary = { step: 1, of: 3, weight: 5, by: 'client' as const, at: 1 };
  const going = deployment({ from: 1, to: 2, canary });
  const wanted = service({ revision: 2, deployment: 1 });
  await state.store.txn({
    then: [
      ...putService(state, wanted),
      state.revisions.put(revision()),
      state.revisions.put(revision({ number: 2 })),
      state.deployments.put(going),
    ],
  });
  let reverts = true;
  const get: typeof state.deployments.get = async (...key) => {
    if (reverts) {
      reverts = false;
      const stored = await state.services.get('shop', 'web');
      const back = state.services.putWish({ ...wanted, revision: 1 }, stored);
      await state.store.txn({ then: [back, state.deployments.put({ ...going, revert: { at: 1, by: 'ann' } })] });
    }
    return state.deployments.get(...key);
  };
  const records = await readRecords({ ...state, deployments: { ...state.deployments, get } }, 'shop', 'web');
  assert.deepEqual(
    [records?.service.value.revision, records?.target.number, records?.deployment?.value.revert?.by],
    [1, 1, 'ann'],
  );
});

test('tasks read in the middle of a cut-over are read again, so that no set is seen in part', async (t) => {
  const state = await openState(t);
  const put = [service({ deployment: 1 }), deployment({ from: 1 })] as const;
  await state.store.txn({
    then: [...putService(state, put[0]), state.revisions.put(revision()), state.deployments.put(put[1])],
  });
  const tasks = (routed: boolean) => [1, 2].map((slot) => state.tasks.put(task({ id: `web-${slot}`, slot, routed })));
  await state.store.txn({ then: tasks(false) });
  let times = 0;
  /** The cut-over, and one of two records that follow it, come while the tasks are read; then it is done. */
  const list: typeof state.tasks.list = async (...key) => {
    times += 1;
    if (times === 1) {
      const cutOver = { hash: 'hash-1', at: 1 };
      const then = [state.deployments.put(deployment({ from: 1, cutOver })), ...tasks(true).slice(0, 1)];
      await state.store.txn({ then });
    } else if (times === 2) {
      const cutOver = { hash: 'hash-1', at: 1, done: true as const };
      await state.store.txn({ then: [state.deployments.put(deployment({ from: 1, cutOver })), ...tasks(true)] });
    }
    return state.tasks.list(...key);
  };
  const records = await readRecords({ ...state, tasks: { ...state.tasks, list } }, 'shop', 'web');
  assert.equal(records?.deployment?.value.cutOver?.done, true);
  assert.deepEqual(
    records?.tasks.map(({ value }) => value.routed),
    [true, true],
  );
});
