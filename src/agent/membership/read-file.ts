import { readFile } from 'node:fs/promises';
import { OrcaError } from '../../core/errors.ts';

/** Undefined where there is none. @throws OrcaError `unavailable` for one that cannot be read */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new OrcaError('unavailable', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
