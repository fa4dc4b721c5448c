import type { Store, Txn, WatchBatch, WatchQuery } from '../contract.ts';
import { type Bounds, type Channel, openChannel } from './channel.ts';
import { type StartThread, startThread } from './thread.ts';

export interface SqliteOptions {
  readonly path: string;
  /** Revisions of history kept; older ones are compacted. */
  readonly history: number;
  /** What may wait for the store's thread. */
  readonly queue: Bounds;
}

/**
 * The store in one SQLite file, read and written by a thread of its own. See docs/decisions/store.md.
 *
 * @param start what answers its calls in place of a thread
 */
export async function openSqliteStore(
  { path, history, queue }: SqliteOptions,
  start: StartThread = startThread,
): Promise<Store> {
  const channel = await openChannel({ path, history }, queue, start);
  let closing: Promise<void> | undefined;
  return {
    epoch: channel.epoch,
    get: (key) => channel.call({ type: 'get', key }),
    range: (query) => channel.call({ type: 'range', query }),
    txn: (txn) => channel.call({ type: 'txn', txn }, { bytes: weightOf(txn) }),
    watch: (query) => watch(channel, query),
    grant: (ttl) => channel.call({ type: 'grant', ttl }),
    keepAlive: (lease) => channel.call({ type: 'keepAlive', lease }),
    revoke: (lease) => channel.call({ type: 'revoke', lease }),
    compact: (revision) => channel.call({ type: 'compact', revision }),
    status: () => channel.call({ type: 'status' }),
    close: () => {
      closing ??= channel.close();
      return closing;
    },
  };
}

/** Asks for the next changes when the last ones are consumed: the history is the buffer, and it is bounded. */
async function* watch(channel: Channel, { prefix, after, signal }: WatchQuery): AsyncGenerator<WatchBatch> {
  for (let seen = after; !signal?.aborted; ) {
    const watched = await channel.listen({ type: 'watch', prefix, after: seen }, signal);
    for (const batch of watched?.batches ?? []) {
      if (signal?.aborted) return;
      yield batch;
    }
    seen = watched?.upTo ?? seen;
  }
}

const weightOf = ({ then, otherwise = [] }: Txn): number =>
  [...then, ...otherwise].reduce((sum, op) => sum + ('value' in op ? op.value.length : 0), 0);
