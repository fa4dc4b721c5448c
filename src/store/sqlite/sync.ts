import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes a file's content durable, or the names in a directory. */
export function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
