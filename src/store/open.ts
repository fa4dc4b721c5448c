import { OrcaError } from '../core/errors.ts';
import type { Store } from './contract.ts';
import { openSqliteStore } from './sqlite/store.ts';

export interface StoreOptions {
  /** Revisions of history kept before the newest, by automatic compaction. Default 10,000. */
  readonly history?: number | undefined;
  /** Calls that may wait for the store; one more is refused with `unavailable`. Default 4096. */
  readonly calls?: number | undefined;
  /** Bytes of writes that may wait for the store. Default 64 MiB. */
  readonly bytes?: number | undefined;
  /** How long a call waits for its answer, in ms, before it rejects with `timeout`. Default 30,000. */
  readonly wait?: number | undefined;
}

/**
 * Opens the store at a URL; `file:/var/lib/orca/orca.db` is created if it is missing. Rejects with `unavailable` when the
 * store is damaged or newer than this orca, with `conflict` when another server uses it, with `not_yet_supported` for other
 * drivers.
 */
export async function openStore(url: string, options: StoreOptions = {}): Promise<Store> {
  const { history = 10_000, calls = 4096, bytes = 64 * 1024 * 1024, wait = 30_000 } = options;
  return openSqliteStore({ path: pathOf(url), history, queue: { calls, bytes, wait } });
}

function pathOf(url: string): string {
  const [, scheme, rest = ''] = /^([a-z]+):(.*)$/s.exec(url) ?? [];
  if (scheme === 'etcd' || scheme === 'redis' || scheme === 'rediss') {
    throw new OrcaError('not_yet_supported', `the store ${scheme}: is not yet supported`, { hint: HINT });
  }
  const path = rest.replace(/^\/\/(?=\/)/, '');
  if (scheme === 'file' && path.startsWith('/') && !path.endsWith('/')) return path;
  throw new OrcaError('invalid', `not a store: ${url}`, { hint: HINT });
}

const HINT = 'use file: and an absolute path, such as file:/var/lib/orca/orca.db';
