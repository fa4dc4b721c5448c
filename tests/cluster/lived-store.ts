import type { Store, Txn, WatchBatch, WatchQuery } from '../../src/store/contract.ts';
import type { Life } from './life.ts';

/** A store as one process has it. @param written keys that it has written, in order */
export function livedStore(store: Store, life: Life, written: string[]): Store {
  const commit = async (txn: Txn) => {
    const done = await store.txn(txn);
    if (done.succeeded) written.push(...txn.then.map(subjectOf));
    return done;
  };

  async function* watch(query: WatchQuery): AsyncGenerator<WatchBatch> {
    const signal = AbortSignal.any([life.signal, ...(query.signal ? [query.signal] : [])]);
    for await (const batch of store.watch({ ...query, signal })) {
      yield await life.look(async () => batch);
    }
    if (!query.signal?.aborted) await life.look(async () => undefined);
  }

  return {
    ...store,
    get: (key) => life.look(() => store.get(key)),
    range: (query) => life.look(() => store.range(query)),
    status: () => life.look(() => store.status()),
    txn: (txn) => life.deed(`write ${txn.then.map(subjectOf).join(' ')}`, () => commit(txn)),
    watch,
  };
}

const subjectOf = (op: object): string => Object.values(op)[0] as string;
