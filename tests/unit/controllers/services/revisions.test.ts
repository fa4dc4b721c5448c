import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MissingRevision, rememberRevisions } from '../../../../src/controllers/services/revisions.ts';
import type { State } from '../../../../src/store/state.ts';
import { openState, revision, service } from '../support/shop.ts';

test('a resolved revision is read once', async (t) => {
  const state = await openState(t);
  await state.store.txn({ then: [state.revisions.put(revision())] });
  const { counted, reads } = counting(state);
  const read = rememberRevisions(counted);
  assert.deepEqual(await read(service(), 1), revision());
  assert.deepEqual(await read(service(), 1), revision());
  assert.equal(reads(), 1);
});

test('one whose image is not resolved yet is read again', async (t) => {
  const state = await openState(t);
  const unresolved = revision({ image: undefined, hash: undefined });
  await state.store.txn({ then: [state.revisions.put(unresolved)] });
  const read = rememberRevisions(state);
  assert.equal((await read(service(), 1)).hash, undefined);
  await state.store.txn({ then: [state.revisions.put(revision())] });
  assert.equal((await read(service(), 1)).hash, 'hash-1');
});

test('that of a service made anew is not taken for the one before', async (t) => {
  const state = await openState(t);
  await state.store.txn({ then: [state.revisions.put(revision())] });
  const read = rememberRevisions(state);
  await read(service(), 1);
  await state.store.txn({ then: [state.revisions.put(revision({ hash: 'hash-of-another' }))] });
  assert.equal((await read(service({ createdAt: 1 }), 1)).hash, 'hash-of-another');
});

test('a missing one is told by its number and its service', async (t) => {
  const read = rememberRevisions(await openState(t));
  await assert.rejects(
    read(service(), 7),
    (error) => error instanceof MissingRevision && /revision 7 of web/.test(error.message),
  );
});

function counting(state: State) {
  let reads = 0;
  const get: State['revisions']['get'] = (...parts) => {
    reads += 1;
    return state.revisions.get(...parts);
  };
  return { counted: { ...state, revisions: { ...state.revisions, get } }, reads: () => reads };
}
