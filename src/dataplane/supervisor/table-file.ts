import { CONTROL_PROTOCOL } from '../../core/route/protocol.ts';
import type { Table } from '../../core/route/table.ts';
import { readTable } from '../../core/route/versions.ts';
import { createKeptFile, type KeptFile } from './kept-file.ts';

/** The newest table, on disk, with the version it is written in as `v`. */
export type TableFile = KeptFile<Table>;

export const createTableFile = (path: string): TableFile =>
  createKeptFile({
    path,
    what: 'the last table',
    from(written) {
      const { v = 1, ...table } = written as { readonly v?: number };
      return v <= CONTROL_PROTOCOL ? readTable(table) : undefined;
    },
    to: (table) => ({ v: CONTROL_PROTOCOL, ...table }),
  });
