import { OrcaError } from '../../core/errors.ts';
import { type Deployment, isAtRest } from '../../core/model/deployment.ts';
import type { State } from '../../store/state.ts';
import { mirror } from '../observing/mirror.ts';
import { createWake } from '../observing/wake.ts';

export interface Standings {
  /** As they stand now; one that is gone (purged) is missing. */
  readonly deployments: readonly Deployment[];
  /** Or wait for a user. */
  readonly ended: boolean;
}

export interface WaitOptions {
  readonly state: State;
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
export async function* standings({
  state,
  ids,
  signal,
  every,
}: WaitOptions): AsyncGenerator<Standings, void, undefined> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const wake = createWake();
  let broken: unknown;
  const onError = (error: unknown) => {
    broken = error;
    wake.notify();
  };
  const keys = new Set([...ids].map((id) => state.deployments.key(id)));
  try {
    const { values } = await mirror<Deployment>({
      store: state.store,
      collection: state.deployments,
      prefix: `${state.deployments.prefix}/`,
      onChange: wake.notify,
      onError,
      signal: both,
      wants: (key) => keys.has(key), // many streams, and each would hold all deployments there were
    });
    for (;;) {
      if (signal.aborted) throw stopping();
      if (broken !== undefined) throw broken;
      const deployments = [...values.values()];
      const ended = deployments.every(({ state: word }) => isAtRest(word));
      yield { deployments, ended };
      if (ended) return;
      await wake.sleep(every, both);
    }
  } finally {
    stop.abort();
  }
}

const stopping = (): OrcaError => new OrcaError('unavailable', 'the server no longer waits: it is stopping');
