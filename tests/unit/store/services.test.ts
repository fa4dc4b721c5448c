import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openState, service } from '../controllers/support/shop.ts';

test('a service is unchanged as long as neither its wish nor its outcome is written', async (t) => {
  const state = await openState(t);
  const { services, store } = state;
  const read = async () => {
    const stored = await services.get('shop', 'web');
    assert.ok(stored);
    return stored;
  };
  await store.txn({ then: [services.putWish(service({ deployment: 1 }), undefined)] });
  const first = await read();
  const isUnchanged = async (stored: typeof first) =>
    (await store.txn({ compare: services.unchanged(stored), then: [] })).succeeded;
  assert.ok(await isUnchanged(first));

  await store.txn({ then: [services.putOutcome({ ...first.value, stable: 1 }, first)] });
  assert.ok(!(await isUnchanged(first)), 'something has come of it');
  const second = await read();
  assert.ok(await isUnchanged(second));
  await store.txn({ then: [services.putOutcome({ ...second.value, stable: 2 }, second)] });
  assert.ok(!(await isUnchanged(second)), 'something else has come of it');

  const third = await read();
  await store.txn({ then: [services.putWish({ ...third.value, paused: true }, third)] });
  assert.ok(!(await isUnchanged(third)), 'something else is wanted');
});
