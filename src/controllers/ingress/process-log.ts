import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Past this size it is begun anew at a start, bytes. */
const LIMIT = 10 * 1024 * 1024;
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

export const logPath = (dir: string): string => join(dir, 'ingress', 'ingress.log');

/**
 * Opens the log of the data plane's processes for appending, and returns its descriptor. The directory belongs to the
 * unprivileged user that parses strangers' bytes: whatever lies there that is not a file of its own is taken away.
 */
export function openProcessLog(dir: string): number {
  mkdirSync(join(dir, 'ingress'), { recursive: true, mode: 0o700 });
  const path = logPath(dir);
  if ((lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) > LIMIT) renameSync(path, `${path}.1`);
  const opened = openOrdinary(path);
  if (opened !== undefined) return opened;
  rmSync(path, { force: true });
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL, 0o600);
}

/** Undefined for a link, a pipe, or a file that has another name elsewhere. */
function openOrdinary(path: string): number | undefined {
  let file: number;
  try {
    file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch {
    return undefined;
  }
  const found = fstatSync(file);
  if (found.isFile() && found.nlink === 1) return file;
  closeSync(file);
  return undefined;
}
