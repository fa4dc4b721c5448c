import { OrcaError } from '../../core/errors.ts';
import type { Collection } from '../../store/collection.ts';
import type { Change, Entry, Store } from '../../store/contract.ts';

/** Records under a prefix, kept up to date by a watch. */
export interface Mirror<T> {
  readonly values: ReadonlyMap<string, T>;
}

export interface MirrorOptions<T> {
  readonly store: Store;
  readonly collection: Pick<Collection<T>, 'read'>;
  readonly prefix: string;
  /** Called after every change, and once when the first list is in. */
  readonly onChange: () => void;
  /** The store could not be read, or the watch broke: the mirror stands still. */
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Lists, then watches from the revision of the list. A gap (compaction) makes it list again. */
export async function mirror<T>(options: MirrorOptions<T>): Promise<Mirror<T>> {
  const { store, collection, prefix, onChange, onError, signal } = options;
  const values = new Map<string, T>();

  /** What cannot be read is not there: those who look at the others go on. */
  function show(entry: Entry): void {
    const stored = collection.read(entry);
    if (stored) values.set(entry.key, stored.value);
    else values.delete(entry.key);
  }

  async function list(): Promise<number> {
    values.clear();
    let revision: number | undefined;
    for (let after: string | undefined; ; ) {
      const page = await store.range({ prefix, after, revision });
      revision ??= page.revision;
      for (const entry of page.entries) show(entry);
      if (!page.more) return revision;
      after = page.entries.at(-1)?.key;
    }
  }

  function apply(change: Change): void {
    if (change.type === 'put') show(change.entry);
    else values.delete(change.key);
  }

  async function follow(from: number): Promise<void> {
    for (let after = from; !signal.aborted; ) {
      try {
        for await (const batch of store.watch({ prefix, after, signal })) {
          batch.changes.forEach(apply);
          onChange();
        }
      } catch (error) {
        if (!isGap(error)) throw error;
        after = await list();
        onChange();
      }
    }
  }

  const from = await list();
  follow(from).catch((error) => signal.aborted || onError(error));
  return { values };
}

/** The history that was asked for is compacted. */
export const isGap = (error: unknown): boolean => error instanceof OrcaError && error.code === 'conflict';
