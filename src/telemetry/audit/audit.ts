import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { linesBackwards } from './lines-backwards.ts';
import { createRotatedFile, type RotatedFile } from './rotated-file.ts';

/** One call of the API that changes something, or that was refused. */
export interface AuditEntry {
  /** Epoch ms. */
  readonly at: number;
  /** The name of the token, `local` over the socket in the data folder; null: nobody that is known. */
  readonly actor: string | null;
  /** Of the token. */
  readonly actor_id: string | null;
  readonly role: string | null;
  readonly address: string;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** What the query and the body ask for, as far as it is no secret. */
  readonly about: Readonly<Record<string, unknown>> | null;
  readonly status: number;
  readonly code: string | null;
  /** `begun`: how it ends is told by its deployments. */
  readonly result: AuditResult;
  /** Of the request, as its answer and the server's log have it. */
  readonly request_id: string | null;
}

export const AUDIT_RESULTS = ['done', 'begun', 'failed', 'refused'] as const;
export type AuditResult = (typeof AUDIT_RESULTS)[number];

export type AuditKind = 'changes' | 'refusals';

export interface AuditQuery {
  /** Epoch ms. */
  readonly since?: number | undefined;
  /** The newest so many. */
  readonly limit: number;
  readonly only?: AuditKind | undefined;
}

export interface Audit {
  /** In the file before this returns. Never throws: what cannot be written there is written to the server's log. */
  write(entry: AuditEntry): void;
  /** In the order of time. */
  read(query: AuditQuery): Promise<readonly AuditEntry[]>;
  /** Why lines cannot be written now, as a sentence. */
  trouble(): string | undefined;
  close(): void;
}

export interface AuditOptions {
  /** The data folder. */
  readonly dir: string;
  readonly log: Log;
  /** Bytes of a file. */
  readonly limit?: number;
}

const LIMIT = 10 * 1024 * 1024;
const OWNER_ONLY = 0o600;

/**
 * `DIR/audit.log`, and `DIR/audit-refused.log` for what was refused: whoever may do nothing can have as many lines written as
 * they like, and must not push out those of what was done.
 */
export function createAudit({ dir, log, limit = LIMIT }: AuditOptions): Audit {
  const rotated = (name: string, files: number) =>
    createRotatedFile({ path: join(dir, name), mode: OWNER_ONLY, limit, files });
  const files = { changes: rotated('audit.log', 10), refusals: rotated('audit-refused.log', 3) };
  let missed: { readonly since: number; count: number; readonly reason: string } | undefined;

  function miss(entry: AuditEntry, error: Error): void {
    if (!missed) log.error({ err: error }, 'the audit log cannot be written; its lines are in this log until it can');
    missed = { since: entry.at, reason: error.message, ...missed, count: (missed?.count ?? 0) + 1 };
    log.warn({ audit: entry }, 'audit');
  }

  /** The gap is told in the file itself. */
  function tellMissed(to: RotatedFile): void {
    if (!missed) return;
    to.append(lineOf({ time: timeOf(missed.since), missed: missed.count, reason: missed.reason }));
    log.info({ missed: missed.count }, 'the audit log can be written again');
    missed = undefined;
  }

  return {
    write(entry) {
      const { at, ...fields } = entry;
      const to = entry.result === 'refused' ? files.refusals : files.changes;
      try {
        tellMissed(files.changes);
        to.append(lineOf({ time: timeOf(at), ...fields }));
      } catch (error) {
        miss(entry, error as Error);
      }
    },
    read: async ({ only, ...query }) => {
      const kinds = only === undefined ? (['changes', 'refusals'] as const) : [only];
      const found = await Promise.all(kinds.map((kind) => newest(files[kind], query)));
      return found
        .flat()
        .toSorted((a, b) => a.at - b.at)
        .slice(-query.limit);
    },
    trouble: () =>
      missed &&
      `the audit log cannot be written (${missed.reason}): ${missed.count} lines are in the server's log only`,
    close: () => {
      for (const file of Object.values(files)) file.close();
    },
  };
}

async function newest(rotated: RotatedFile, { since = 0, limit }: Omit<AuditQuery, 'only'>): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  if (limit === 0) return found;
  const open = rotated.open();
  try {
    for (const file of open) {
      for await (const line of linesBackwards(file)) {
        const entry = entryOf(line);
        if (entry && entry.at < since) return found.reverse();
        if (entry) found.push(entry);
        if (found.length === limit) return found.reverse();
      }
    }
  } finally {
    for (const file of open) closeSync(file);
  }
  return found.reverse();
}

/** Undefined for what is no entry: a line that a power cut tore, or one that tells of others that are missing. */
function entryOf(line: string): AuditEntry | undefined {
  try {
    const { time, ...fields } = JSON.parse(line);
    return typeof fields.status === 'number' ? { at: Date.parse(time), ...fields } : undefined;
  } catch {
    return undefined;
  }
}

const timeOf = (at: number): string => new Date(at).toISOString();

/** ASCII alone: nothing that somebody sent ends a line, moves a cursor or reads backwards. */
const lineOf = (fields: object): string =>
  JSON.stringify(fields).replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
