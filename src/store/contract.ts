/**
 * The store, with etcd's model: one revision for the whole, raised by each transaction that writes. Keys and values are
 * text (values are JSON); keys are ordered by bytes. Drivers: sqlite (etcd and redis later), held by one contract suite.
 */
export interface Store {
  /** Which store this is: changes when a store is restored from a backup, so that no watcher resumes across it. */
  readonly epoch: string;
  get(key: string): Promise<Entry | undefined>;
  range(query: RangeQuery): Promise<RangeResult>;
  /** Atomic: if all `compare` hold, `then` is done, else `otherwise`. Resolves once durable (fsync). At most 128 operations. */
  txn(txn: Txn): Promise<TxnResult>;
  /**
   * Every change of the prefix with a revision > `after`, in order, none left out. Throws OrcaError `conflict` with
   * details {compacted} if `after` is compacted: list again. Ends when the signal aborts.
   */
  watch(query: WatchQuery): AsyncIterable<WatchBatch>;
  /** A lease; when it is not kept alive for `ttl` ms its keys are deleted, as an event with a revision. */
  grant(ttl: number): Promise<LeaseId>;
  /** Rejects with not_found if the lease is gone. */
  keepAlive(lease: LeaseId): Promise<void>;
  revoke(lease: LeaseId): Promise<void>;
  /** Forgets history before `revision`; live keys stay. */
  compact(revision: number): Promise<void>;
  /** Rejects with `unavailable` and the reason when writes cannot be made durable now. */
  status(): Promise<StoreStatus>;
  close(): Promise<void>;
}

export type LeaseId = string;

export interface Entry {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Writes since it was created, from 1. */
  readonly version: number;
  readonly lease?: LeaseId | undefined;
}

export interface RangeQuery {
  readonly prefix: string;
  /** Keys after this one only: for paging. */
  readonly after?: string | undefined;
  /** A page is at most 1000 entries and about 4 MiB, whatever is asked: look at `more`. */
  readonly limit?: number | undefined;
  readonly reverse?: boolean | undefined;
  /** As it was at this revision; compacted ones are refused. */
  readonly revision?: number | undefined;
}

export interface RangeResult {
  /** The store's revision at the time of the read: watch after it to see everything since. */
  readonly revision: number;
  readonly entries: readonly Entry[];
  readonly more: boolean;
}

export type Compare =
  | { readonly key: string; readonly exists: boolean }
  | { readonly key: string; readonly modRevision: number }
  | { readonly key: string; readonly value: string };

export type Op =
  | { readonly put: string; readonly value: string; readonly lease?: LeaseId | undefined }
  | { readonly delete: string }
  | { readonly deletePrefix: string };

export interface Txn {
  readonly compare?: readonly Compare[] | undefined;
  readonly then: readonly Op[];
  readonly otherwise?: readonly Op[] | undefined;
}

export interface TxnResult {
  readonly succeeded: boolean;
  readonly revision: number;
}

export interface WatchQuery {
  readonly prefix: string;
  /** Usually the revision of the list that came before. */
  readonly after: number;
  readonly signal?: AbortSignal | undefined;
}

/** All changes of one revision under the prefix. */
export interface WatchBatch {
  readonly revision: number;
  readonly changes: readonly Change[];
}

export type Change =
  | { readonly type: 'put'; readonly entry: Entry }
  | { readonly type: 'delete'; readonly key: string; readonly modRevision: number };

export interface StoreStatus {
  readonly revision: number;
  readonly compacted: number;
  readonly bytes: number;
}

export const MAX_VALUE_BYTES = 1024 * 1024;
export const MAX_TXN_OPS = 128;
