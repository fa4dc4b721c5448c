import { readFile } from 'node:fs/promises';
import { OrcaError } from '../src/core/errors.ts';

/** A text file of the user's; undefined when there is none. @throws OrcaError `malformed` saying why it cannot be read */
export async function readUserFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new OrcaError('malformed', `cannot read ${path}: ${WHY[code] ?? code}`, { cause });
  }
}

const WHY: Readonly<Record<string, string>> = {
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};
