import { lstat, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { packTar } from '../../src/client/archive/pack.ts';
import type { Copied } from '../../src/client/archive/unpack.ts';
import { type CopySource, meansContents } from '../../src/core/copy/place.ts';
import { OrcaError } from '../../src/core/errors.ts';
import type { LocalSide } from './place.ts';

/** An archive on its way into a container. */
export interface ArchiveSource {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Nobody takes more of it: whoever waits for it need not. */
  readonly stop: () => void;
  /** So far; undefined where it is not looked into. */
  readonly copied: () => Copied | undefined;
}

/** What a path of this machine is, for where it goes. A link is a file, unless the path says that a folder is meant. */
export async function sourceOf({ path }: LocalSide): Promise<CopySource> {
  const isMeant = meansContents(path) || path.endsWith('/');
  const found = isMeant ? await stat(path) : await lstat(path);
  const isFolder = found.isDirectory();
  if (isMeant && !isFolder) throw new OrcaError('not_found', `${path} is not a folder`);
  if (!isFolder && !found.isFile() && !found.isSymbolicLink())
    throw new OrcaError('invalid', `${path} is a device, a pipe or a socket`, {
      hint: 'to copy a stream, pipe a tar archive and name it -',
    });
  return { kind: isFolder ? 'directory' : 'file', name: basename(resolve(path)), contents: meansContents(path) };
}

/** @param name under which it is packed; undefined: what is in the folder */
export function filesAsArchive(
  { path }: LocalSide,
  name: string | undefined,
  options: { readonly archive: boolean },
): ArchiveSource {
  const skipped: string[] = [];
  let [files, size] = [0, 0];
  const bytes = packTar({
    from: path,
    name,
    keepsOwners: options.archive,
    onFile: (_, more) => {
      files += 1;
      size += more;
    },
    onSkipped: (one) => skipped.push(one),
  });
  return { bytes, stop: () => undefined, copied: () => ({ files, bytes: size, skipped }) };
}

export const pipedArchive = (stdin: NodeJS.ReadStream): ArchiveSource => ({
  bytes: stdin as AsyncIterable<Uint8Array>,
  stop: () => void stdin.destroy(),
  copied: () => undefined,
});
