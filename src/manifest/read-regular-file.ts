import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Bytes of a regular file of at most `max` bytes; a pipe or device might never end. */
export function readRegularFile(file: string, max: number): Uint8Array {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error('not a regular file');
    if (stat.size > max) throw new Error(`larger than ${max} bytes`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8',
};

/** Why a file could not be read, without its name. */
export function whyUnreadable(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return REASONS[String(Reflect.get(error, 'code'))] ?? error.message;
}
