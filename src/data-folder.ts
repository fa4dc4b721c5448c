import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OrcaError } from './core/errors.ts';
import { letPass, takeOver } from './dataplane/directory.ts';
import { sync } from './store/sqlite/sync.ts';

/**
 * Makes the server's data folder (0711): others may pass through it to the data plane's folder, and read nothing. A new one
 * is durable before anything in it is acknowledged, so that a power cut cannot take it away. One that is there keeps its
 * mode, but for that passage.
 *
 * @throws OrcaError `unavailable` if the path cannot be such a folder for this user, or others may write to it
 */
export function prepareDataFolder(data: string): void {
  const folder = resolve(data);
  try {
    const made = missingFolders(folder);
    for (const missing of made) make(missing);
    takeOver(folder);
    letPass(folder);
    for (const fresh of made) sync(dirname(fresh));
  } catch (cause) {
    if (cause instanceof OrcaError) throw cause;
    throw unusable(folder, cause as NodeJS.ErrnoException);
  }
}

/** From the top down. One at a time: a recursive `mkdirSync` never returns where no folder can be made, as in /proc. */
function missingFolders(folder: string): readonly string[] {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return [];
  if (found) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR', path: folder });
  return [...missingFolders(dirname(folder)), folder];
}

/** Another server may be making it too. */
function make(folder: string): void {
  try {
    mkdirSync(folder, 0o711);
    chmodSync(folder, 0o711); // whatever the umask
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function unusable(folder: string, cause: NodeJS.ErrnoException): OrcaError {
  const { code = '', path = folder } = cause;
  const [reason, hint] = WORDS[code] ?? [() => cause.message, OTHER_FOLDER];
  return new OrcaError('unavailable', `${folder} cannot be the data folder: ${reason(path)}`, { cause, hint });
}

const OTHER_FOLDER = 'name a folder of your own with --data';

/** What the system's word means at the path where it was said: the folder, or one above it. And what to do. */
const WORDS: Readonly<Record<string, readonly [(path: string) => string, string]>> = {
  EACCES: [(path) => `this user may not make or reach ${path}`, `${OTHER_FOLDER}, or run as a user who may`],
  EEXIST: [(path) => `${path} is a link that leads nowhere`, OTHER_FOLDER],
  ENOTDIR: [(path) => `${path} is not a folder`, OTHER_FOLDER],
  ENOENT: [(path) => `no folder can be made at ${path}`, OTHER_FOLDER],
  ELOOP: [(path) => `${path} is a link that leads back to itself`, OTHER_FOLDER],
  EROFS: [(path) => `${path} is on a file system that is read-only`, OTHER_FOLDER],
  ENOSPC: [() => 'no space is left on its disk', 'free some, or name a folder on another disk with --data'],
};
