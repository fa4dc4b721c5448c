import type { EngineTime } from '../clock.ts';
import type { Ending } from './ending.ts';

/** A container as the engine shows it (`GET /containers/{id}/json`), cut down to what decisions need. */
export interface ContainerView {
  readonly id: string;
  /** Without the leading slash; the task id for orca's own. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'created' | 'running' | 'restarting' | 'paused' | 'exited' | 'dead' | 'removing';
  /** Of the last start; undefined if never started. With the id it tells one start from another. */
  readonly startedAt?: EngineTime | undefined;
  readonly finishedAt?: EngineTime | undefined;
  readonly exitCode?: number | undefined;
  readonly oomKilled: boolean;
  /** Restarts by Docker since the last start by hand. */
  readonly restarts: number;
  /** What Docker said when it could not start it. */
  readonly error?: string | undefined;
  /** Its address on the edge network, if attached. */
  readonly address?: string | undefined;
  /** Hardware address of its interface there, while it runs. */
  readonly hardware?: string | undefined;
  /** Of its first process while it runs, as the engine counts processes. */
  readonly pid?: number | undefined;
  /** What the HEALTHCHECK of its image says, if there is one, of a container that runs. */
  readonly check?: ImageCheck | undefined;
  /** Its addresses on networks beside the edge, by the network's name. */
  readonly networks?: Readonly<Record<string, string>> | undefined;
  /** TCP ports that its image exposes, or it publishes; sorted. */
  readonly ports?: readonly number[] | undefined;
}

/** As Docker judges it, by the image's own interval, retries and start period. */
export interface ImageCheck {
  readonly status: 'starting' | 'healthy' | 'unhealthy';
  /** In a row. */
  readonly misses: number;
  /** What the last miss wrote, in one line. */
  readonly output?: string | undefined;
}

/** A container as the master has seen it, stamped by its own clock when that arrived. */
export interface ObservedContainer extends ContainerView {
  /** When the last start was first seen. Epoch ms. */
  readonly startSeenAt?: number | undefined;
  /** When it was first seen in this state, since the last start. Epoch ms. */
  readonly stateSince: number;
  /** How its last run ended that has; while it runs, the one before. */
  readonly lastEnd?: ObservedEnding | undefined;
  readonly check?: ObservedCheck | undefined;
}

/** An image's check, stamped by the master's clock. */
export interface ObservedCheck extends ImageCheck {
  /** Since when `status` has its value. Epoch ms. */
  readonly since: number;
  /** At some time since the container's start. */
  readonly wasHealthy: boolean;
}

export interface ObservedEnding extends Ending {
  /** Tells one end from another. */
  readonly finishedAt: EngineTime;
  /** When it was first seen. Epoch ms. */
  readonly seenAt: number;
}

/** A container that the engine lists, and tells nothing more of: why. */
export interface UnreadContainer extends Pick<ContainerView, 'id' | 'name' | 'labels' | 'state'> {
  readonly unread: string;
}

/** Labels on everything orca makes; every query filters on `orca.cluster`. */
export const LABEL = {
  cluster: 'orca.cluster',
  project: 'orca.project',
  service: 'orca.service',
  task: 'orca.task',
  slot: 'orca.slot',
  revision: 'orca.revision',
  spec: 'orca.spec',
  deployment: 'orca.deployment',
  release: 'orca.release',
  kind: 'orca.kind',
  volume: 'orca.volume',
} as const;
