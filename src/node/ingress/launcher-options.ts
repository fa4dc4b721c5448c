import type { Log } from '../../telemetry/log.ts';
import type { ListenAddress } from './listener.ts';
import type { PlaneView } from './plane-view.ts';

export interface IngressLauncherOptions {
  readonly dir: string;
  /** Where it listens; asked at each start. */
  readonly http: () => ListenAddress | 'off';
  /** The same for HTTPS; off unless given. */
  readonly https?: (() => ListenAddress | 'off') | undefined;
  /** How this program is started: `process.execPath`, and the main file with what precedes the role. */
  readonly command: readonly [string, ...string[]];
  /** Where containers are to be answered for names, once that is known; unless given they are not. */
  readonly names?: (() => string | undefined) | undefined;
  /** The role and its flags, `ingress --data DIR ...`; the sockets are at these descriptors. */
  readonly args: (fds: LaunchFds) => readonly string[];
  readonly link: PlaneView;
  readonly log: Log;
  readonly clock: { now(): number };
}

/** Open descriptors in the data plane. */
export interface LaunchFds {
  readonly httpFd?: number;
  readonly httpsFd?: number;
  readonly namesFds?: NamesFds;
}

export interface NamesFds {
  readonly udp: number;
  readonly tcp: number;
}
