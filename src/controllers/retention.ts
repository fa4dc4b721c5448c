import { isEnded } from '../core/model/deployment.ts';
import { EVENTS_PREFIX, type State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';

export interface RetentionOptions {
  readonly state: State;
  readonly archive: { prune(): Promise<void> };
  readonly log: Log;
}

const EVENTS_KEPT = 2_000;
const DEPLOYMENTS_KEPT = 1_000;
const AT_ONCE = 100;

/** Keeps what only grows bounded: the decision log, ended deployments, kept task logs. Oldest first, a bit each time. */
export function createRetention({ state, archive, log }: RetentionOptions): () => Promise<void> {
  const dropEvents = async () => {
    const newest = await state.store.range({ prefix: EVENTS_PREFIX, reverse: true, limit: EVENTS_KEPT });
    if (!newest.more) return;
    const oldest = await state.store.range({ prefix: EVENTS_PREFIX, limit: AT_ONCE });
    await state.store.txn({ then: oldest.entries.map(({ key }) => ({ delete: key })) });
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
