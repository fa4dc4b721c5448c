import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OrcaError } from '../../src/core/errors.ts';

/**
 * Whole or not at all, and 0600 from its first byte on, whatever the mode of a file that is there. A link keeps leading to it.
 *
 * @throws OrcaError `malformed` saying why it cannot be written
 */
export async function writePrivately(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const target = await realpath(path).catch(() => path);
    await replace(target, text);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new OrcaError('malformed', `cannot write ${path}: ${code ?? message}`, { cause });
  }
}

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.new`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
    await handle.close();
    await rename(draft, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}
