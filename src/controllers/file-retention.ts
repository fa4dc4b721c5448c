import { unchanged } from '../store/collection.ts';
import type { State } from '../store/state.ts';
import type { Commit } from './commit.ts';

export interface FileRetentionOptions {
  readonly state: State;
  readonly commit: Commit;
}

/** Each is two operations. */
const AT_ONCE = 40;

/** Removes contents of files that no kept revision names. A deploy that has just stored one finds out, and stores it again. */
export function createFileRetention({ state, commit }: FileRetentionOptions): () => Promise<void> {
  return async () => {
    const stored = await state.files.list();
    if (stored.length === 0) return;
    // Before the revisions are read: a deploy that comes in between is compared with.
    const [counter, removals] = [await state.cluster.get('deployment'), await state.cluster.get('removals')];
    const { records, unreadable } = await state.revisions.listReadable();
    if (unreadable.length > 0) return;
    const named = new Set(records.flatMap(({ value }) => value.spec.files?.map(({ sha256 }) => sha256) ?? []));
    const old = stored.filter(({ sha256 }) => !named.has(sha256)).slice(0, AT_ONCE);
    if (old.length === 0) return;
    await commit(
      [
        counter ? unchanged(counter) : state.cluster.absent({ name: 'deployment' }),
        removals ? unchanged(removals) : state.cluster.absent({ name: 'removals' }),
      ],
      [
        ...old.flatMap(({ sha256 }) => state.files.remove(sha256)),
        state.cluster.put({ name: 'removals', number: (removals?.value.number ?? 0) + 1 }),
      ],
    );
  };
}
