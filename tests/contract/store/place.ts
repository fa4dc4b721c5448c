import type { TestContext } from 'node:test';
import type { Store, WatchBatch } from '../../../src/store/contract.ts';

/** Where a driver keeps one store, so that a suite can open it, leave it and open it again. */
export interface Place {
  /** One at a time. @param history revisions kept by automatic compaction */
  open(options?: { readonly history?: number }): Promise<Store>;
  /** Takes it away; the store is closed by then. */
  clear(): Promise<void>;
}

export type MakePlace = () => Promise<Place>;

/** A place for one test: what is opened there is closed after it, and the place cleared. */
export async function placeFor(t: TestContext, makePlace: MakePlace): Promise<Place> {
  const place = await makePlace();
  const opened: Store[] = [];
  t.after(async () => {
    await Promise.all(opened.map((store) => store.close()));
    await place.clear();
  });
  return {
    ...place,
    open: async (options) => {
      const store = await place.open(options);
      opened.push(store);
      return store;
    },
  };
}

export async function emptyStore(t: TestContext, makePlace: MakePlace): Promise<Store> {
  return (await placeFor(t, makePlace)).open();
}

/** Puts each in a transaction of its own; answers the last one's revision. */
export async function putEach(store: Store, ...pairs: readonly (readonly [string, string])[]): Promise<number> {
  let revision = 0;
  for (const [put, value] of pairs) revision = (await store.txn({ then: [{ put, value }] })).revision;
  return revision;
}

/** The first changes of a prefix after a revision, as many as asked; fails when they do not come within 60 s. */
export async function take(store: Store, prefix: string, after: number, count: number): Promise<WatchBatch[]> {
  const signal = AbortSignal.timeout(60_000);
  const batches: WatchBatch[] = [];
  let changes = 0;
  for await (const batch of store.watch({ prefix, after, signal })) {
    batches.push(batch);
    changes += batch.changes.length;
    if (changes >= count) return batches;
  }
  throw new Error(`saw ${changes} of ${count} changes: ${JSON.stringify(batches)}`);
}

/** Changes as short words: `+key=value` and `-key`, by revision. */
export const inWords = (batches: readonly WatchBatch[]): readonly string[] =>
  batches.flatMap(({ revision, changes }) =>
    changes.map((change) =>
      change.type === 'put'
        ? `${revision} +${change.entry.key}=${change.entry.value}`
        : `${change.modRevision} -${change.key}`,
    ),
  );
