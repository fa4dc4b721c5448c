import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import type { Store } from '../../../src/store/contract.ts';
import { mirrorStore } from '../../../src/store/mirror/store.ts';
import { openStore } from '../../../src/store/open.ts';

/** A real store, mirrored; `wish` puts something in between. */
async function begin(t: TestContext, wish: (store: Store) => Partial<Store>) {
  const dir = await mkdtemp(join(tmpdir(), 'orca-mirror-'));
  const store = await openStore(`file:${join(dir, 'orca.db')}`);
  const mirrored = mirrorStore({ ...store, ...wish(store) }, ['a/']);
  t.after(async () => {
    await mirrored.close();
    await rm(dir, { recursive: true });
  });
  return mirrored;
}

const put = (store: Store, key: string, value: string) => store.txn({ then: [{ put: key, value }] });
const values = async (store: Store, prefix: string) =>
  (await store.range({ prefix })).entries.map(({ value }) => value);

test('once it has listed, what it holds is read without asking the store, and is as new as the last write', async (t) => {
  let reads = 0;
  const counted = ({ get, range }: Store): Partial<Store> => ({
    get: (key) => {
      reads += 1;
      return get(key);
    },
    range: (query) => {
      reads += 1;
      return range(query);
    },
  });
  const store = await begin(t, counted);
  await put(store, 'a/0', '0');
  while (
    reads === 0 ||
    (await readsOf(
      () => store.get('a/0'),
      () => reads,
    )) > 0
  );
  const before = reads;
  for (let n = 1; n <= 50; n += 1) {
    await put(store, `a/${n % 5}`, String(n));
    assert.equal((await store.get(`a/${n % 5}`))?.value, String(n));
    assert.ok((await values(store, 'a/')).includes(String(n)));
  }
  assert.equal(reads, before);
  await put(store, 'b/1', 'elsewhere');
  assert.deepEqual(await values(store, 'b/'), ['elsewhere']);
  assert.equal(reads, before + 1);
});

test('while its watch is lost it asks the store, and holds nothing back', async (t) => {
  let isLost = true;
  let asked = 0;
  const lossy = ({ watch }: Store): Partial<Store> => ({
    watch: (query) => {
      asked += 1;
      return isLost ? lost() : watch(query);
    },
  });
  const store = await begin(t, lossy);
  for (let n = 0; asked < 2; n += 1) {
    await put(store, 'a/1', String(n));
    assert.deepEqual(await values(store, 'a/'), [String(n)]);
  }
  isLost = false;
  await put(store, 'a/1', 'last');
  assert.equal((await store.get('a/1'))?.value, 'last');
});

async function readsOf(read: () => Promise<unknown>, count: () => number): Promise<number> {
  const before = count();
  await read();
  return count() - before;
}

// biome-ignore lint/correctness/useYield: it breaks before it tells anything
async function* lost(): AsyncGenerator<never> {
  throw new OrcaError('unavailable', 'the connection is lost');
}
