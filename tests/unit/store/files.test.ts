import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { digestOf } from '../../../src/core/model/schema/files.ts';
import type { Txn } from '../../../src/store/contract.ts';
import { openStore } from '../../../src/store/open.ts';
import { createState, type State } from '../../../src/store/state.ts';

const BYTES = Buffer.from('listen 80;\n'.repeat(100_000));
const DIGEST = digestOf(BYTES);

/** @param times that the content is taken away, as retention does, once its first chunk is written */
async function open(t: TestContext, times: number): Promise<State> {
  const folder = await mkdtemp(join(tmpdir(), 'orca-files-'));
  const store = await openStore(`file:${join(folder, 'orca.db')}`);
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });
  let left = times;
  const txn = async (asked: Txn) => {
    const done = await store.txn(asked);
    const isChunk = asked.then.some((op) => 'put' in op && op.put === `file-chunks/${DIGEST}/000000`);
    if (isChunk && left > 0) {
      left -= 1;
      await store.txn({ then: state.files.remove(DIGEST) });
    }
    return done;
  };
  const state = createState({ ...store, txn });
  return state;
}

test('content that is taken away while it is stored is stored again, and never taken for whole without its chunks', async (t) => {
  const { files } = await open(t, 1);
  await files.put(DIGEST, BYTES);
  assert.deepEqual(await files.read(DIGEST), BYTES);
});

test('content that is taken away each time is told, and can be stored later', async (t) => {
  const { files } = await open(t, 3);
  await assert.rejects(files.put(DIGEST, BYTES), { code: 'conflict', message: /was removed/ });
  assert.equal(await files.has(DIGEST), false);
  await files.put(DIGEST, BYTES);
  assert.deepEqual(await files.read(DIGEST), BYTES);
});
