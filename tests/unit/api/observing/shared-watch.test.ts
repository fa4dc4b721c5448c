import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createSharedWatch, type Member } from '../../../../src/api/observing/shared-watch.ts';
import { OrcaError } from '../../../../src/core/errors.ts';
import type { Store } from '../../../../src/store/contract.ts';
import { openStore } from '../../../../src/store/open.ts';

/** A real store whose watches are counted, and can be made to break. */
async function begin(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'orca-shared-'));
  const store = await openStore(`file:${join(dir, 'orca.db')}`);
  t.after(async () => {
    await store.close();
    await rm(dir, { recursive: true });
  });
  const open = new Set<AbortSignal | undefined>();
  let breaks: ((error: unknown) => void) | undefined;
  async function* watch(query: Parameters<Store['watch']>[0]) {
    const broken = new Promise<never>((_, reject) => {
      breaks = reject;
    });
    open.add(query.signal);
    const batches = store.watch(query)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await Promise.race([batches.next(), broken]);
        if (next.done) return;
        yield next.value;
      }
    } finally {
      open.delete(query.signal);
    }
  }
  return {
    store,
    shared: createSharedWatch({ ...store, watch }, 'a/'),
    open,
    fail: (error: unknown) => breaks?.(error),
  };
}

function member(...keys: string[]) {
  const told: string[] = [];
  const one: Member = {
    keys: new Set(keys),
    onChange: () => void told.push('change'),
    onError: (error) => void told.push((error as Error).message),
  };
  return { one, told };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

test('all who wait share one watch, each is told of its own keys, and the last to leave ends it', async (t) => {
  const { store, shared, open } = await begin(t);
  const [first, second] = [member('a/1'), member('a/2', 'a/3')];
  const leaves = [await shared.join(first.one), await shared.join(second.one)];
  await store.txn({ then: [{ put: 'a/3', value: 'x' }] });
  await until(() => second.told.length > 0);
  assert.deepEqual([first.told, second.told, open.size], [[], ['change'], 1]);
  leaves[1]?.();
  await store.txn({ then: [{ put: 'a/3', value: 'y' }] });
  await store.txn({ then: [{ put: 'a/1', value: 'x' }] });
  await until(() => first.told.length > 0);
  assert.deepEqual(second.told, ['change'], 'it left');
  leaves[0]?.();
  await until(() => open.size === 0);
  const third = member('a/1');
  (await shared.join(third.one))();
});

test('what changed while its history was lost is looked at, and a watch that breaks is told; who comes then waits anew', async (t) => {
  const { store, shared, fail } = await begin(t);
  const { one, told } = member('a/1');
  await shared.join(one);
  fail(new OrcaError('conflict', 'compacted'));
  await until(() => told.length === 1);
  await store.txn({ then: [{ put: 'a/1', value: 'x' }] });
  await until(() => told.length === 2);
  assert.deepEqual(told, ['change', 'change']);
  fail(new OrcaError('unavailable', 'the store is lost'));
  await until(() => told.length === 3);
  assert.equal(told[2], 'the store is lost');
  const next = member('a/1');
  const leave = await shared.join(next.one);
  await store.txn({ then: [{ put: 'a/1', value: 'y' }] });
  await until(() => next.told.length > 0);
  assert.deepEqual(next.told, ['change']);
  leave();
});
