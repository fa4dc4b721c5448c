import type { ErrorCode } from '../../core/errors.ts';
import type { Entry, LeaseId, RangeQuery, RangeResult, StoreStatus, Txn, TxnResult, WatchBatch } from '../contract.ts';

/** What the store's thread is asked, by a type, and what it answers. */
export type Request =
  | { readonly type: 'get'; readonly key: string }
  | { readonly type: 'range'; readonly query: RangeQuery }
  | { readonly type: 'txn'; readonly txn: Txn }
  | { readonly type: 'watch'; readonly prefix: string; readonly after: number }
  | { readonly type: 'grant'; readonly ttl: number }
  | { readonly type: 'keepAlive'; readonly lease: LeaseId }
  | { readonly type: 'revoke'; readonly lease: LeaseId }
  | { readonly type: 'compact'; readonly revision: number }
  | { readonly type: 'status' }
  | { readonly type: 'close' };

export interface Replies {
  readonly get: Entry | undefined;
  readonly range: RangeResult;
  readonly txn: TxnResult;
  readonly watch: Watched;
  readonly grant: LeaseId;
  readonly keepAlive: undefined;
  readonly revoke: undefined;
  readonly compact: undefined;
  readonly status: StoreStatus;
  readonly close: undefined;
}

/** The next changes for a watcher; it asks again from `upTo`, so that a slow one makes no queue grow. */
export interface Watched {
  readonly batches: readonly WatchBatch[];
  readonly upTo: number;
}

/** To the thread: a request with the number its answer will carry, or a watch that nobody waits for any more. */
export type Message = { readonly call: number; readonly request: Request } | { readonly cancel: number };

/** From the thread: the first message says whether the file could be opened, then answers, several at once. */
export type Opened = { readonly epoch: string } | { readonly fault: Fault };

export interface Answer {
  readonly call: number;
  readonly value?: unknown;
  readonly fault?: Fault | undefined;
}

/** An error in a form that crosses threads; without a code it is a bug. */
export interface Fault {
  readonly code?: ErrorCode | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly stack?: string | undefined;
}

/** Given to the thread at its start. */
export interface WorkerOptions {
  readonly path: string;
  /** Revisions of history kept by automatic compaction. */
  readonly history: number;
}
