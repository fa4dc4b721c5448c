import type { RangeQuery, RangeResult, Store, WatchBatch, WatchQuery } from '../contract.ts';
import { checkKey, checkRange } from '../limits.ts';
import { createFollower, type Follower } from './follow.ts';
import { createMemory, type Memory } from './memory.ts';

/**
 * A store whose entries under some prefixes are also held in memory, and read there: controllers read all the time, and
 * write now and then. It keeps the whole contract: what was acknowledged to anyone by this store, and what a watch of it has
 * told, is there to be read. While the memory is behind, reads go to the store.
 *
 * @param prefixes none within another; all that is under them must fit in memory
 */
export function mirrorStore(store: Store, prefixes: readonly string[]): Store {
  const memories = prefixes.map(createMemory);
  const follower = createFollower(store, memories);
  const closing = new AbortController();
  const following = follower.run(closing.signal);
  const memoryOf = (text: string) =>
    follower.revision() === undefined ? undefined : memories.find(({ prefix }) => text.startsWith(prefix));
  /** Resolves with the answer once it can be read back. */
  const shown = async <T extends { readonly revision: number }>(answer: Promise<T>): Promise<T> => {
    const found = await answer;
    await follower.reached(found.revision);
    return found;
  };

  return {
    ...store,
    get: async (key) => {
      const memory = memoryOf(key);
      if (!memory) return store.get(key);
      checkKey(key);
      return memory.get(key);
    },
    range: async (query) => {
      const memory = memoryOf(query.prefix);
      const found = memory && rangeOf(memory, follower, query);
      return found ?? shown(store.range(query));
    },
    txn: (txn) => shown(store.txn(txn)),
    watch: (query) => watch(store, follower, query),
    revoke: async (lease) => {
      await store.revoke(lease);
      await shown(store.status());
    },
    status: () => shown(store.status()),
    close: async () => {
      closing.abort();
      await following;
      await store.close();
    },
  };
}

/** Undefined for the past, which is the store's alone. */
function rangeOf(memory: Memory, follower: Follower, query: RangeQuery): RangeResult | undefined {
  const limit = checkRange(query);
  const now = follower.revision();
  if (now === undefined || (query.revision ?? now) !== now) return undefined;
  return { revision: now, ...memory.page(query, limit) };
}

async function* watch(store: Store, follower: Follower, query: WatchQuery): AsyncGenerator<WatchBatch> {
  for await (const batch of store.watch(query)) {
    await follower.reached(batch.revision);
    yield batch;
  }
}
