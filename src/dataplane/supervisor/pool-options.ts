import type { Readable } from 'node:stream';
import type { Log } from '../../telemetry/log.ts';
import type { Nursery, NurseryEvents, WorkerKind } from '../nursery/nursery.ts';
import type { FromWorker, WorkerSettings } from '../worker/messages.ts';

export interface PoolOptions {
  /** Workers for requests. */
  readonly size: number;
  /** One more, for names. */
  readonly resolves: boolean;
  readonly nursery: (events: NurseryEvents) => Nursery;
  /** Asked for each worker that begins. */
  readonly settings: (kind: WorkerKind) => WorkerSettings;
  /** A worker that owes an answer for longer is killed, ms. */
  readonly patience: number;
  readonly log: Log;
  readonly now: () => number;
  /** Somebody is there who starts the data plane again when it ends as a whole. */
  readonly isLookedAfter: () => boolean;
  readonly onMessage: (worker: number, message: FromWorker) => void;
  readonly onStatus: () => void;
  readonly onDeath: (worker: number) => void;
  /** A worker has begun, and its lines of the access log come here. */
  readonly onLines: (lines: Readable) => void;
  /** A worker died and cannot be replaced. */
  readonly onStuck: () => void;
}
