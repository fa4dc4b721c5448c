import { setTimeout as delay } from 'node:timers/promises';
import type { Entry, Store } from '../contract.ts';
import type { Memory } from './memory.ts';

/** Memories kept equal to a store: listed, then changed by one watch, revision by revision. */
export interface Follower {
  /** What the memories show; undefined while that is less than somebody was told: not listed yet, or the watch is late or lost. */
  revision(): number | undefined;
  /** Somebody is about to be told of this revision. Resolves once the memories show it, or are not to be relied on. */
  reached(revision: number): Promise<void>;
  /** Until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

/** A watch that was lost is begun again after this, ms. */
const RETRY_AFTER = 250;
/** A watch comes with the answer it is waited for with. One this late, ms, keeps nobody: reads go to the store meanwhile. */
const LONGEST_WAIT = 5_000;

export function createFollower(store: Store, memories: readonly Memory[]): Follower {
  let revision: number | undefined;
  let told = 0;
  let waiting: { readonly revision: number; readonly resolve: () => void }[] = [];

  const settle = () => {
    const shown = revision ?? Number.POSITIVE_INFINITY;
    const done = waiting.filter((one) => one.revision <= shown);
    waiting = waiting.filter((one) => one.revision > shown);
    for (const { resolve } of done) resolve();
  };

  const show = (next: number | undefined) => {
    revision = next;
    settle();
  };

  const followOnce = async (signal: AbortSignal) => {
    const listed = await list(store, memories);
    show(listed);
    for await (const batch of store.watch({ prefix: '', after: listed, signal })) {
      for (const change of batch.changes) {
        const key = change.type === 'put' ? change.entry.key : change.key;
        memories.find(({ prefix }) => key.startsWith(prefix))?.apply(change);
      }
      show(batch.revision);
    }
  };

  return {
    revision: () => (revision !== undefined && revision >= told ? revision : undefined),
    reached: async (wanted) => {
      told = Math.max(told, wanted);
      if (revision === undefined || revision >= wanted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LONGEST_WAIT);
      waiting.push({ revision: wanted, resolve });
      await promise;
      clearTimeout(timer);
    },
    run: async (signal) => {
      while (!signal.aborted) {
        // Whoever reads meanwhile asks the store itself, and is told why it cannot answer.
        await followOnce(signal).catch(() => {});
        show(undefined);
        await delay(RETRY_AFTER, undefined, { signal, ref: false }).catch(() => {});
      }
    },
  };
}

/** All entries of all memories as of one revision, which is returned. */
async function list(store: Store, memories: readonly Memory[]): Promise<number> {
  let revision: number | undefined;
  for (const memory of memories) {
    const found: Entry[] = [];
    for (let more = true; more; ) {
      const after = found.at(-1)?.key;
      const page = await store.range({ prefix: memory.prefix, after, revision });
      revision ??= page.revision;
      found.push(...page.entries);
      more = page.more;
    }
    memory.replace(found);
  }
  return revision ?? 0;
}
