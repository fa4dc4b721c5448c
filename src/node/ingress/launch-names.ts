import { OrcaError } from '../../core/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import { type NameSockets, openNameSockets } from './name-sockets.ts';
import type { PlaneView } from './plane-view.ts';

/** The name server's part in starting a data plane. */
export interface LaunchNames {
  /** Sockets for the data plane that is about to be started; none: requests are served all the same. */
  open(): Promise<NameSockets | undefined>;
  /** The data plane that runs should give way to one that answers where containers ask. */
  isReplacing(): boolean;
  /** Why containers are not told names, as a sentence; undefined if they are, or nobody knows yet. */
  problem(): string | undefined;
}

export interface LaunchNamesOptions {
  /** Where containers are to be answered, once that is known. */
  readonly address: () => string | undefined;
  readonly link: Pick<PlaneView, 'connected' | 'names'>;
  readonly log: Log;
}

const EARLIER = 'the data plane was started by an earlier version, or without sockets for that';

export function createLaunchNames({ address, link, log }: LaunchNamesOptions): LaunchNames {
  /** Why the one that was started last was given no sockets. */
  let unnamed: OrcaError | undefined;

  const isElsewhere = (): boolean =>
    address() !== undefined && link.connected() !== undefined && link.names() !== address();

  return {
    async open() {
      unnamed = undefined;
      try {
        const at = address();
        if (at === undefined) throw new OrcaError('unavailable', 'the edge network is not there yet');
        return await openNameSockets(at);
      } catch (error) {
        if (!(error instanceof OrcaError)) throw error;
        unnamed = error;
        log.warn({ err: error }, `containers are not told names: ${error.message}`);
        return undefined;
      }
    },

    // It came late, or is another one now. One for which the port was taken, or of an earlier orca, goes on serving.
    isReplacing: () => isElsewhere() && (unnamed?.code === 'unavailable' || link.names() !== undefined),

    problem: () => (isElsewhere() ? (unnamed?.message ?? EARLIER) : undefined),
  };
}
