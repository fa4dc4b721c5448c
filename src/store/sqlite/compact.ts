import { OrcaError } from '../../core/errors.ts';
import type { Committer } from './committer.ts';
import type { Session } from './session.ts';
import type { Draft } from './transact.ts';

/** Forgets what was superseded up to and with `revision`; reads as of it still work. Done already: nothing happens. */
export function compact({ tables }: Session, draft: Draft, revision: number): undefined {
  if (revision > draft.revision) {
    throw new OrcaError('invalid', `revision ${revision} is yet to come: the store is at ${draft.revision}`);
  }
  if (revision <= draft.compacted) return;
  tables.forget(draft.compacted, revision);
  draft.compacted = revision;
}

/** History is cut in pieces of this many revisions, so that no commit waits long for it. */
const PIECE = 500;

/** Up to where to compact next so that about `history` revisions are kept. */
function overdue({ revision, compacted }: Pick<Session, 'revision' | 'compacted'>, history: number): number {
  return revision - compacted > history + PIECE ? compacted + PIECE : compacted;
}

/** Compacts piece by piece after commits; one that fails (a full disk) is tried again after a later commit. */
export function createTidying(session: Session, committer: Committer, history: number): () => void {
  let under = false;
  const rest = () => {
    under = false;
  };
  return () => {
    const revision = overdue(session, history);
    if (under || revision === session.compacted) return;
    under = true;
    committer.add({ done: rest, failed: rest, run: (_, draft) => compact(session, draft, revision) });
  };
}
