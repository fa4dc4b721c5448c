import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

/** CRC-32 over a row's columns, each with its type and length, so that nothing can move from one to the next. */
export const checksum = (...columns: readonly (string | number | null)[]): number =>
  columns.reduce<number>((sum, column) => crc32(framed(column), sum), 0);

const framed = (column: string | number | null): string => {
  if (column === null) return '-;';
  const text = String(column);
  return `${typeof column === 'number' ? 'n' : 't'}${text.length}:${text};`;
};

/** The same in SQL, for migrations. */
export function defineChecksum(db: DatabaseSync): void {
  db.function('checksum', { deterministic: true, varargs: true }, (...columns) => checksum(...columns.map(plain)));
}

const plain = (column: unknown): string | number | null =>
  typeof column === 'number' || typeof column === 'string' ? column : null;
