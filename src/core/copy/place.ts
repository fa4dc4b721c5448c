import { OrcaError } from '../errors.ts';

/** What is copied. */
export interface CopySource {
  /** A link is copied as what it is: as a file. */
  readonly kind: 'directory' | 'file';
  /** Its last part; empty for the root. */
  readonly name: string;
  /** What is in the directory, without the directory: `dir/.` */
  readonly contents: boolean;
}

/** Where it goes, as it was written and as it is there. */
export interface CopyTarget {
  readonly path: string;
  /** Undefined: there is nothing. */
  readonly kind: 'directory' | 'file' | undefined;
}

/** A directory that is there, and the name in it; without a name what is copied goes into the directory itself. */
export interface Placed {
  readonly folder: string;
  readonly name: string | undefined;
}

/**
 * Where a copy goes, by the rules of `docker cp`: into a directory that is there, else under the name that is written.
 * @throws OrcaError `not_found` for a directory that is not there, `conflict` for a directory onto a file
 */
export function placeCopy({ kind, name, contents }: CopySource, target: CopyTarget): Placed {
  const path = target.path.replace(/(.)(\/+\.?)+$/, '$1');
  if (target.kind === 'directory') return { folder: path, name: contents || name === '' ? undefined : name };
  const isFolder = /(^|\/)\.{0,2}$/.test(target.path);
  if (target.kind === 'file' && (kind === 'directory' || isFolder)) throw ontoFile(path);
  if (target.kind === undefined && kind === 'file' && isFolder) throw noFolder(target.path);
  const [, folder = '', last = path] = /^(.*\/)?([^/]*)$/s.exec(path) ?? [];
  return { folder: folder === '' ? '.' : folder.replace(/(.)\/+$/, '$1'), name: last };
}

/** Of a path as it is written: whether what is in it is meant, not the directory itself. */
export const meansContents = (path: string): boolean => /(^|\/)\.$/.test(path);

const ontoFile = (path: string): OrcaError =>
  new OrcaError('conflict', `${path} is a file, not a folder`, {
    hint: 'name a folder, or a path that does not exist yet',
  });

const noFolder = (path: string): OrcaError =>
  new OrcaError('not_found', `folder not found: ${path}`, {
    hint: 'make the folder first, or leave out the / at the end',
  });
