import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { CONTROL_PROTOCOL } from '../../core/route/protocol.ts';
import type { Table } from '../../core/route/table.ts';
import { readTable } from '../../core/route/versions.ts';
import { clearAway } from '../../telemetry/log-file.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

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
  let text: string | undefined;
  try {
    text = readOrdinary(path);
    if (text === undefined) return `the last table is no regular file: it was ${clearAway(path)}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP' || code === 'ENXIO') return `the last table is no regular file: it was ${clearAway(path)}`;
    return `the last table cannot be read: ${(error as Error).message}`;
  }
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (text.slice(0, Math.max(0, end)) !== checksum(body)) return 'the last table is damaged: its checksum does not fit';
  const { v = 1, ...written } = JSON.parse(body);
  const table = v <= CONTROL_PROTOCOL ? readTable(written) : undefined;
  return table ?? 'the last table was written by another version of the data plane';
}

/** Undefined for what is no regular file; a pipe would be waited for. */
function readOrdinary(path: string): string | undefined {
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    return fstatSync(file).isFile() ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}

async function replace(path: string, table: Table): Promise<void> {
  const temporary = `${path}.new`;
  const body = JSON.stringify({ v: CONTROL_PROTOCOL, ...table });
  clearAway(temporary);
  const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(`${checksum(body)}\n${body}`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

const checksum = (body: string): string => createHash('sha256').update(body).digest('hex');
