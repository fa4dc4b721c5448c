import { constants } from 'node:fs';
import { chmod, lchown, link, lstat, mkdir, open, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { entryParts } from '../../core/copy/entry-parts.ts';
import { ownerOf } from '../../core/copy/owner-header.ts';
import { OrcaError } from '../../core/errors.ts';
import { readTar, type TarEntry } from './read-tar.ts';

export interface UnpackOptions {
  /** A directory of nobody else's: what is in it was written by this call. */
  readonly folder: string;
  /** Parts of each path that are left out, in front. */
  readonly dropped: number;
  /** Owners, and set-user-id bits, are kept. */
  readonly keepsOwners: boolean;
}

export interface Copied {
  /** Files and links. */
  readonly files: number;
  readonly bytes: number;
  /** Paths of devices, pipes and sockets. */
  readonly skipped: readonly string[];
}

/** What the archive's own root is called in the folder. */
export const ROOT = 'copy';

/**
 * Unpacks an archive below `folder/copy`. Nothing is written outside of it: paths that lead out are refused, links are made and never
 * followed, and a path through a link is refused.
 *
 * @throws OrcaError `invalid` for an archive that tries it; errors of the file system
 */
export async function unpackTar(bytes: AsyncIterable<Uint8Array>, options: UnpackOptions): Promise<Copied> {
  const skipped: string[] = [];
  let [files, size] = [0, 0];
  await readTar(bytes, async (entry, content) => {
    const place = await placeOf(options, entryParts(entry.name, options.dropped));
    if (entry.type === 'directory') return makeFolder(place, entry, options);
    if (!(await makeFile(place, entry, content, options))) {
      skipped.push(entry.name);
      return;
    }
    files += 1;
    size += entry.size ?? 0;
  });
  return { files, bytes: size, skipped };
}

/** Its parents are made where the archive leaves them out; one that is no directory is refused. */
async function placeOf({ folder }: UnpackOptions, parts: readonly string[]): Promise<string> {
  let parent = folder;
  for (const part of [ROOT, ...parts].slice(0, -1)) {
    parent = join(parent, part);
    await mkdir(parent).catch(unlessThere);
    if (!(await lstat(parent)).isDirectory()) throw throughLink(parts);
  }
  return join(parent, parts.at(-1) ?? ROOT);
}

async function makeFolder(place: string, entry: TarEntry, options: UnpackOptions): Promise<void> {
  await mkdir(place).catch(unlessThere);
  if (!(await lstat(place)).isDirectory()) throw throughLink([entry.name]);
  if (options.keepsOwners) await own(place, entry);
  // What is in it is still to be written, and moved.
  await chmod(place, modeOf(entry, options) | 0o700);
}

/** False for what is no file and no link. */
async function makeFile(
  place: string,
  entry: TarEntry,
  content: AsyncIterable<Uint8Array>,
  options: UnpackOptions,
): Promise<boolean> {
  switch (entry.type) {
    case 'file':
    case 'contiguous-file':
      await writeFile(place, entry, content, options);
      return true;
    case 'symlink':
      await symlink(entry.linkname ?? '', place);
      break;
    case 'link': {
      const target = await placeOf(options, entryParts(entry.linkname ?? '', options.dropped));
      if (!(await lstat(target)).isFile()) throw throughLink([entry.name]);
      await link(target, place);
      return true;
    }
    default:
      return false;
  }
  if (options.keepsOwners) await own(place, entry);
  return true;
}

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

async function writeFile(
  place: string,
  entry: TarEntry,
  content: AsyncIterable<Uint8Array>,
  options: UnpackOptions,
): Promise<void> {
  const file = await open(place, NEW, 0o600);
  try {
    for await (const chunk of content) await file.writeFile(chunk);
    if (options.keepsOwners) await own(place, entry);
    await file.chmod(modeOf(entry, options));
  } finally {
    await file.close();
  }
  const at = entry.mtime ?? new Date();
  await utimes(place, at, at);
}

/** Of what lies there itself: a link is not followed. */
function own(place: string, entry: TarEntry): Promise<void> {
  const { uid, gid } = ownerOf(entry);
  return lchown(place, uid, gid);
}

const modeOf = ({ mode = 0o644 }: TarEntry, { keepsOwners }: UnpackOptions): number =>
  mode & (keepsOwners ? 0o7777 : 0o777);

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

const throughLink = (parts: readonly string[]): OrcaError =>
  new OrcaError('invalid', `the archive writes through a link: ${JSON.stringify(parts.join('/'))}`, {
    hint: 'nothing was copied',
  });
