import { lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { OrcaError } from '../../core/errors.ts';

/**
 * Moves what was unpacked to where it belongs, on the same file system: into directories that are there, over files that are there.
 * Each file is there whole or not at all. Links that are there are replaced, never followed.
 *
 * @throws OrcaError `conflict`, with nothing changed, where a directory and a file would take each other's place
 */
export async function settle(from: string, to: string): Promise<void> {
  await check(from, to);
  await move(from, to);
}

async function check(from: string, to: string): Promise<void> {
  const [source, target] = [await lstat(from), await kindOf(to)];
  if (target === undefined || (!source.isDirectory() && target === 'other')) return;
  if (!source.isDirectory() || target === 'other') throw otherKind(to, target);
  for (const name of await readdir(from)) await check(join(from, name), join(to, name));
}

async function move(from: string, to: string): Promise<void> {
  if (!(await lstat(from)).isDirectory() || (await kindOf(to)) === undefined) return rename(from, to);
  for (const name of await readdir(from)) await move(join(from, name), join(to, name));
}

async function kindOf(path: string): Promise<'directory' | 'other' | undefined> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (found === undefined) return undefined;
  return found.isDirectory() ? 'directory' : 'other';
}

const otherKind = (path: string, kind: 'directory' | 'other'): OrcaError =>
  new OrcaError(
    'conflict',
    kind === 'directory'
      ? `${path} is a folder, and would be replaced by a file`
      : `${path} is no folder, and would be replaced by one`,
    { hint: 'nothing was copied: remove it, or name another place' },
  );
