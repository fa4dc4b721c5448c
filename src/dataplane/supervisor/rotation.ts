import { lstat, rename } from 'node:fs/promises';
import { clearAway } from '../../telemetry/log-file.ts';

/** Keeps a log below a size: `path` becomes `path.1`, that `path.2`, and the oldest goes. */
export interface Rotation {
  /** One look. Resolves to true if the file was renamed: whoever writes to it must open it again. */
  check(): Promise<boolean>;
}

interface Options {
  readonly path: string;
  /** Bytes. */
  readonly limit?: number;
  /** Files in all. */
  readonly files?: number;
}

export const createRotation = ({ path, limit = 10 * 1024 * 1024, files = 5 }: Options): Rotation => ({
  async check() {
    const size = await lstat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size < limit) return false;
    for (let n = files - 2; n >= 0; n -= 1) {
      const [from, to] = [n === 0 ? path : `${path}.${n}`, `${path}.${n + 1}`];
      clearAway(to); // Also what is no file, and could not be renamed onto.
      await renameIfThere(from, to);
    }
    return true;
  },
});

const renameIfThere = (from: string, to: string): Promise<void> =>
  rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
