import { rename, rm, stat } from 'node:fs/promises';

/** Keeps a log that others append to below a size: `path` becomes `path.1`, that `path.2`, and the oldest goes. */
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
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size < limit) return false;
    await rm(`${path}.${files - 1}`, { force: true });
    for (let n = files - 2; n >= 1; n -= 1) await renameIfThere(`${path}.${n}`, `${path}.${n + 1}`);
    await rename(path, `${path}.1`);
    return true;
  },
});

const renameIfThere = (from: string, to: string): Promise<void> =>
  rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
