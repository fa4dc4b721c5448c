import { isEnded } from '../core/model/deployment.ts';
import type { Entry } from '../store/contract.ts';
import { EVENTS_PREFIX, type State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';

export interface RetentionOptions {
  readonly state: State;
  readonly archive: { prune(): Promise<void> };
  readonly images: () => Promise<void>;
  readonly fileVolumes: () => Promise<void>;
  readonly secrets: () => Promise<void>;
  readonly files: () => Promise<void>;
  readonly log: Log;
}

/** No more than one page of a range. */
const EVENTS_KEPT = 1_000;
const DEPLOYMENTS_KEPT = 1_000;
const AT_ONCE = 100;
/** Every revision is read for it: one pass in so many. */
const FILES_EVERY = 10;
/** Bursts are caught up with: this many transactions a time at most. */
const ROUNDS = 20;

/** Keeps what only grows bounded: the decision log, ended deployments, kept task logs, versions of secrets, contents of files and their folders, images. Oldest first, a bit each time. */
export function createRetention({
  state,
  archive,
  images,
  fileVolumes,
  secrets,
  files,
  log,
}: RetentionOptions): () => Promise<void> {
  /** In the order of the store: by their times those told after the clock was set back would be the oldest. */
  const dropEvents = async () => {
    const events = await allEvents(state);
    const old = events.sort((a, b) => a.modRevision - b.modRevision).slice(0, -EVENTS_KEPT);
    for (let at = 0; at < Math.min(old.length, AT_ONCE * ROUNDS); at += AT_ONCE)
      await state.store.txn({ then: old.slice(at, at + AT_ONCE).map(({ key }) => ({ delete: key })) });
  };

  const dropDeployments = async () => {
    const { records: all } = await state.deployments.listReadable();
    const ended = all.slice(0, Math.max(0, all.length - DEPLOYMENTS_KEPT)).filter(({ value }) => isEnded(value.state));
    if (ended.length > 0)
      await state.store.txn({ then: ended.slice(0, AT_ONCE).map(({ value }) => state.deployments.remove(value)) });
  };

  let passes = 0;
  return async () => {
    try {
      await dropEvents();
      await dropDeployments();
      await archive.prune();
      await secrets();
      passes += 1;
      if (passes % FILES_EVERY === 1) await files();
      await images();
      await fileVolumes();
    } catch (err) {
      log.warn({ err }, 'old records could not be dropped');
    }
  };
}

/** Page by page; a few more than are kept. */
async function allEvents({ store }: State): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let more = true; more; ) {
    const page = await store.range({ prefix: EVENTS_PREFIX, after: entries.at(-1)?.key });
    entries.push(...page.entries);
    more = page.more;
  }
  return entries;
}
