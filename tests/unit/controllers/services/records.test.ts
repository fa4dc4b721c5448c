import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRecords } from '../../../../src/controllers/services/records.ts';
import { putService } from '../../store/put-service.ts';
import { deployment, openState, revision, service } from '../support/shop.ts';

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
