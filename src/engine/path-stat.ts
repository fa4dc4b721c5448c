import type { PathStat } from '../core/copy/path-stat.ts';
import { OrcaError } from '../core/errors.ts';

interface Told {
  readonly name: string;
  readonly size: number;
  /** Bits as Go's `os.FileMode` has them: the kind above, permissions below. */
  readonly mode: number;
  readonly mtime: string;
  readonly linkTarget: string;
}

/** @param header `X-Docker-Container-Path-Stat`, base64 of JSON. @throws OrcaError `unavailable` for what is none */
export function toPathStat(header: string): PathStat {
  const { name, size, mode, mtime, linkTarget } = parse(header);
  return {
    name,
    kind: kindOf(mode),
    size,
    mode: mode % 0o1000,
    modifiedAt: Date.parse(mtime),
    linkTarget: linkTarget === '' ? undefined : linkTarget,
  };
}

function parse(header: string): Told {
  try {
    return JSON.parse(Buffer.from(header, 'base64').toString('utf8')) as Told;
  } catch (cause) {
    throw new OrcaError('unavailable', 'docker told nothing of use of a path', { cause });
  }
}

/** `ModeDir`, `ModeSymlink`; all of `ModeType`: also devices, pipes, sockets. @see https://pkg.go.dev/io/fs#FileMode */
const [DIRECTORY, LINK, OTHERS] = [2 ** 31, 2 ** 27, [2 ** 26, 2 ** 25, 2 ** 24, 2 ** 21, 2 ** 19]];

function kindOf(mode: number): PathStat['kind'] {
  const has = (bit: number) => Math.floor(mode / bit) % 2 === 1;
  if (has(DIRECTORY)) return 'directory';
  if (has(LINK)) return 'link';
  return OTHERS.some(has) ? 'other' : 'file';
}
