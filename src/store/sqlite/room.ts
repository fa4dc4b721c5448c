import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { OrcaError } from '../../core/errors.ts';

/** What must be free before the store says that it can be written again; a commit of little may fit where most do not. */
const ROOM = 256 * 1024;

/** Throws `unavailable` if the store's disk does not take a little more. */
export function requireRoom(path: string): void {
  const probe = `${path}.probe`;
  try {
    writeDurably(probe, Buffer.alloc(ROOM));
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOSPC' ? 'no space is left' : (cause as Error).message;
    throw new OrcaError('unavailable', `${reason} for the store ${path}`, { cause, hint: 'free space on its disk' });
  } finally {
    rmSync(probe, { force: true });
  }
}

function writeDurably(path: string, content: Buffer): void {
  const file = openSync(path, 'w', 0o600);
  try {
    for (let at = 0; at < content.length; ) at += writeSync(file, content, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
