import type { DatabaseSync } from 'node:sqlite';
import { openError } from './fault.ts';
import { fileIdentity, openFile } from './file.ts';
import { createTables, type Tables } from './tables.ts';

/** The open file, with what is durable in it. Revision and compacted are raised after a commit only. */
export interface Session {
  readonly path: string;
  /** Which file the path led to when it was opened. */
  readonly identity: string | undefined;
  readonly db: DatabaseSync;
  readonly tables: Tables;
  readonly epoch: string;
  revision: number;
  compacted: number;
}

export function openSession(path: string): Session {
  const db = openFile(path);
  try {
    const tables = createTables(db);
    const [revision, compacted] = [Number(tables.meta('revision')), Number(tables.meta('compacted'))];
    return { path, identity: fileIdentity(path), db, tables, epoch: tables.meta('epoch'), revision, compacted };
  } catch (error) {
    db.close();
    throw openError(error, path);
  }
}
