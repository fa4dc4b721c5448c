import type { End, WorkerKind } from './nursery.ts';

/** What a supervisor tells its nursery, over the channel of child_process. */
export type ToNursery =
  | { readonly type: 'start'; readonly worker: number; readonly kind: WorkerKind }
  | { readonly type: 'kill'; readonly worker: number }
  /** Become the workers' user. */
  | { readonly type: 'drop' }
  | { readonly type: 'close' }
  | { readonly type: 'ping' };

export type FromNursery =
  /** Two of these for each worker, each with a socket: its channel first, then its lines. */
  | { readonly type: 'started'; readonly worker: number; readonly pid: number; readonly part: 'channel' | 'lines' }
  | { readonly type: 'failed'; readonly worker: number; readonly error: string }
  | ({ readonly type: 'ended'; readonly worker: number } & End)
  /** Whether it could start a worker now: told after the drop, with each end of a worker, and when it is asked. */
  | { readonly type: 'pong'; readonly canStart: boolean };
