import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Headers, type Pack, pack } from 'tar-stream';
import { ownerHeader } from '../../core/copy/owner-header.ts';
import { OrcaError } from '../../core/errors.ts';

export interface PackOptions {
  /** A file, or a directory with all in it; a link is packed as a link. */
  readonly from: string;
  /** Under which it is packed; undefined: what is in the directory, without the directory. */
  readonly name: string | undefined;
  /** Owners, and set-user-id bits, are kept; else all is root's. */
  readonly keepsOwners: boolean;
  /** Told of each path that is packed, and of what cannot be: devices, pipes and sockets. */
  readonly onFile: (path: string, size: number) => void;
  readonly onSkipped: (path: string) => void;
}

/** A tar archive of files as they are now. @throws errors of the file system; OrcaError `conflict` for a file that shrinks meanwhile */
export async function* packTar(options: PackOptions): AsyncGenerator<Uint8Array> {
  const archive = pack();
  const filled = addTree(archive, options, options.from, options.name ?? '').then(
    () => archive.finalize(),
    (error: Error) => passed.destroy(error),
  );
  // The library's stream never answers a reader that leaves in the middle.
  const passed = archive.pipe(new PassThrough());
  try {
    yield* passed;
    await filled;
  } finally {
    archive.destroy();
  }
}

async function addTree(archive: Pack, options: PackOptions, path: string, name: string): Promise<void> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return addOne(archive, options, { path, name, stats });
  if (name !== '') await entry(archive, { ...headOf(stats, options), name: `${name}/`, type: 'directory' });
  for (const child of (await readdir(path)).sort())
    await addTree(archive, options, join(path, child), name === '' ? child : `${name}/${child}`);
}

interface Found {
  readonly path: string;
  readonly name: string;
  readonly stats: Stats;
}

async function addOne(archive: Pack, options: PackOptions, { path, name, stats }: Found): Promise<void> {
  const head = { ...headOf(stats, options), name };
  if (stats.isSymbolicLink()) {
    await entry(archive, { ...head, type: 'symlink', linkname: await readlink(path) });
    options.onFile(path, 0);
  } else if (stats.isFile()) await addFile(archive, options, path, name);
  else options.onSkipped(path);
}

/** By its descriptor: what lies under the path may change meanwhile. */
async function addFile(archive: Pack, options: PackOptions, path: string, name: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const stats = await file.stat();
    const sink = archive.entry({ ...headOf(stats, options), name, type: 'file', size: stats.size });
    const taken = finished(sink);
    taken.catch(() => undefined);
    for (let at = 0; at < stats.size; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE, stats.size - at));
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw shrunk(path);
      at += bytesRead;
      const written = new Promise<void>((resolve, reject) =>
        sink.write(piece.subarray(0, bytesRead), (error) => (error ? reject(error) : resolve())),
      );
      await Promise.race([written, taken]); // one that is not read to its end takes nothing more
    }
    sink.end();
    await taken;
    options.onFile(path, stats.size);
  } finally {
    await file.close();
  }
}

const PIECE = 64 * 1024;

const entry = (archive: Pack, head: Headers): Promise<void> =>
  new Promise((resolve, reject) => archive.entry(head, (error) => (error ? reject(error) : resolve())));

function headOf({ mode, uid, gid, mtimeMs }: Stats, { keepsOwners }: PackOptions): Omit<Headers, 'name'> {
  const mtime = new Date(Math.max(0, mtimeMs));
  return keepsOwners
    ? { mode: mode & 0o7777, ...ownerHeader({ uid, gid }), mtime }
    : { mode: mode & 0o777, uid: 0, gid: 0, mtime };
}

const shrunk = (path: string): OrcaError =>
  new OrcaError('conflict', `${path} has become smaller while it was read`, { hint: 'copy it again' });
