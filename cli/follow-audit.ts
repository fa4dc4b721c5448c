import { setTimeout as delay } from 'node:timers/promises';
import type { AuditQuery, Client } from '../src/client/client.ts';
import type { AuditBody } from '../src/contract/audit.ts';
import { OrcaError } from '../src/core/errors.ts';

/** The audit log as it is written: what there is, then what comes. `gap` where more came at once than is asked for. */
export type AuditNews = AuditBody | 'gap';

/** How often the server is asked, ms. */
const EVERY = 1000;
/** Entries asked for at once. */
const AT_ONCE = 200;
/** How often in a row a server that is away is asked again. */
const ATTEMPTS = 60;

export interface FollowOptions {
  readonly query: AuditQuery;
  readonly read: Client['audit'];
  /** Ends it. */
  readonly interrupted: AbortSignal;
}

export async function* followAudit(options: FollowOptions): AsyncGenerator<AuditNews, never, undefined> {
  let query = options.query;
  let seen: ReadonlySet<string> = new Set();
  for (;;) {
    const entries = await readPatiently(options, query, query === options.query ? 1 : ATTEMPTS);
    const news = entries.filter((entry) => !seen.has(identityOf(entry)));
    if (seen.size > 0 && entries.length === query.limit && news.length === entries.length) yield 'gap';
    yield* news;
    const last = entries.at(-1)?.at;
    if (last !== undefined) seen = new Set(entries.filter(({ at }) => at === last).map(identityOf));
    query = { ...query, limit: AT_ONCE, ...(last !== undefined && { since: String(last) }) };
    await delay(EVERY, undefined, { signal: options.interrupted }).catch(() => options.interrupted.throwIfAborted());
  }
}

/** A server that was there, and is started again, is waited for. */
async function readPatiently(
  { read, interrupted }: FollowOptions,
  query: AuditQuery,
  attempts: number,
): Promise<readonly AuditBody[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await read(query)).entries;
    } catch (error) {
      interrupted.throwIfAborted();
      if (!isAway(error) || attempt >= attempts) throw error;
      await delay(EVERY, undefined, { signal: interrupted }).catch(() => interrupted.throwIfAborted());
    }
  }
}

const isAway = (error: unknown): boolean => error instanceof OrcaError && error.code === 'unavailable';

const identityOf = (entry: AuditBody): string => JSON.stringify(entry);
