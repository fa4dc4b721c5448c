import { OrcaError } from '../../core/errors.ts';
import { type Deployment, isAtRest } from '../../core/model/deployment.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import { createSharedWatch } from '../observing/shared-watch.ts';
import { createWake } from '../observing/wake.ts';

export interface Standings {
  /** As they stand now; one that is gone (purged) is missing. */
  readonly deployments: readonly Deployment[];
  /** Or wait for a user. */
  readonly ended: boolean;
}

export interface Waiting {
  readonly ids: ReadonlySet<number>;
  readonly signal: AbortSignal;
  /** Looks again at least this often, ms. */
  readonly every: number;
}

/**
 * How the deployments stand, told at once, at every change, and every so often in between; ends with the first telling
 * in which all have ended, or wait for a user.
 *
 * @throws OrcaError `unavailable` if the store is lost, or when the signal aborts: the deployments go on
 */
export type WatchStandings = (waiting: Waiting) => AsyncGenerator<Standings, void, undefined>;

/** All who wait share one watch. */
export function createStandings({ store, deployments }: Pick<State, 'store' | 'deployments'>): WatchStandings {
  const shared = createSharedWatch(store, `${deployments.prefix}/`);

  const read = async (ids: ReadonlySet<number>): Promise<readonly Deployment[]> => {
    const found = await Promise.all([...ids].map((id) => ifReadable(deployments.get(id))));
    return found.flatMap((stored) => (stored ? [stored.value] : []));
  };

  return async function* standings({ ids, signal, every }) {
    const wake = createWake();
    let broken: unknown;
    const leave = await shared.join({
      keys: new Set([...ids].map((id) => deployments.key(id))),
      onChange: wake.notify,
      onError: (error) => {
        broken = error;
        wake.notify();
      },
    });
    try {
      for (;;) {
        if (signal.aborted) throw stopping();
        if (broken !== undefined) throw broken;
        const now = await read(ids);
        const ended = now.every(({ state }) => isAtRest(state));
        yield { deployments: now, ended };
        if (ended) return;
        await wake.sleep(every, signal);
      }
    } finally {
      leave();
    }
  };
}

const stopping = (): OrcaError => new OrcaError('unavailable', 'the server no longer waits: it is stopping');
