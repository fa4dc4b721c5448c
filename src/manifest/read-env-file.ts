import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MAX_ENV_FILE } from './env-file.ts';
import type { EnvFileReader } from './env-files.ts';

/** Reads env files that are named relative to a folder: UTF-8, at most 1 MiB, and only regular files: a pipe or device might never end. */
export function envFileReader(folder: string): EnvFileReader {
  return (name) => {
    const bytes = readRegularFile(path.resolve(folder, name));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  };
}

function readRegularFile(file: string): Uint8Array {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error('not a regular file');
    if (stat.size > MAX_ENV_FILE) throw new Error(`larger than ${MAX_ENV_FILE} bytes`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
