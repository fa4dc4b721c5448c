import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { CONTROL_PROTOCOL } from '../../core/route/protocol.ts';
import type { Table } from '../../core/route/table.ts';
import { readTable } from '../../core/route/versions.ts';

/** The newest table, on disk: a line with the SHA-256 of the rest, then the table, with the version it is written in as `v`. */
export interface TableFile {
  /** Undefined if there is none; a sentence if there is one that cannot be used. */
  read(): Table | undefined | string;
  /** Durable once resolved. Of tables saved while one is being written only the last is. */
  save(table: Table): Promise<void>;
}

export function createTableFile(path: string): TableFile {
  let next: Table | undefined;
  let writing: Promise<void> | undefined;

  const writeAll = async (): Promise<void> => {
    try {
      while (next) {
        const table = next;
        next = undefined;
        await replace(path, table);
      }
    } finally {
      writing = undefined;
    }
  };

  return {
    read: () => read(path),
    save(table) {
      next = table;
      writing ??= writeAll();
      return writing;
    },
  };
}

function read(path: string): Table | undefined | string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return `the last table cannot be read: ${(error as Error).message}`;
  }
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (text.slice(0, Math.max(0, end)) !== checksum(body)) return 'the last table is damaged: its checksum does not fit';
  const { v = 1, ...written } = JSON.parse(body);
  const table = v <= CONTROL_PROTOCOL ? readTable(written) : undefined;
  return table ?? 'the last table was written by another version of the data plane';
}

async function replace(path: string, table: Table): Promise<void> {
  const temporary = `${path}.new`;
  const body = JSON.stringify({ v: CONTROL_PROTOCOL, ...table });
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${checksum(body)}\n${body}`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

const checksum = (body: string): string => createHash('sha256').update(body).digest('hex');
