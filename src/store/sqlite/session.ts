import type { DatabaseSync } from 'node:sqlite';
import { openFile } from './file.ts';
import { createTables, type Tables } from './tables.ts';

/** One open file, with what is durable in it. Revision and compacted are raised after a commit only. */
export interface Session {
  readonly db: DatabaseSync;
  readonly tables: Tables;
  readonly epoch: string;
  revision: number;
  compacted: number;
}

export function openSession(path: string): Session {
  const db = openFile(path);
  const tables = createTables(db);
  return {
    db,
    tables,
    epoch: tables.meta('epoch'),
    revision: Number(tables.meta('revision')),
    compacted: Number(tables.meta('compacted')),
  };
}
