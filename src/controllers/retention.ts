import { isEnded } from '../core/model/deployment.ts';
import { EVENTS_PREFIX, type State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';

export interface RetentionOptions {
  readonly state: State;
  readonly archive: { prune(): Promise<void> };
  readonly log: Log;
}

/** No more than one page of a range. */
const EVENTS_KEPT = 1_000;
const DEPLOYMENTS_KEPT = 1_000;
const AT_ONCE = 100;
/** Bursts are caught up with: this many transactions a time at most. */
const ROUNDS = 20;

/** Keeps what only grows bounded: the decision log, ended deployments, kept task logs. Oldest first, a bit each time. */
export function createRetention({ state, archive, log }: RetentionOptions): () => Promise<void> {
  const dropEvents = async () => {
    const newest = await state.store.range({ prefix: EVENTS_PREFIX, reverse: true, limit: EVENTS_KEPT });
    const last = newest.entries.at(-1)?.key ?? '';
    for (let round = 0, more = newest.more; more && round < ROUNDS; round += 1) {
      const oldest = await state.store.range({ prefix: EVENTS_PREFIX, limit: AT_ONCE });
      const old = oldest.entries.filter(({ key }) => key < last);
      if (old.length > 0) await state.store.txn({ then: old.map(({ key }) => ({ delete: key })) });
      more = old.length === AT_ONCE;
    }
  };

  const dropDeployments = async () => {
    const all = await state.deployments.list();
    const ended = all.slice(0, Math.max(0, all.length - DEPLOYMENTS_KEPT)).filter(({ value }) => isEnded(value.state));
    if (ended.length > 0)
      await state.store.txn({ then: ended.slice(0, AT_ONCE).map(({ value }) => state.deployments.remove(value)) });
  };

  return async () => {
    try {
      await dropEvents();
      await dropDeployments();
      await archive.prune();
    } catch (err) {
      log.warn({ err }, 'old records could not be dropped');
    }
  };
}
