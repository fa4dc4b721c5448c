import { type ErrorCode, OrcaError } from '../../src/core/errors.ts';

/** Does something with files of this machine; what the file system refuses is told in words. */
export async function ofFiles<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inWords(error);
  }
}

type SystemError = NodeJS.ErrnoException & { readonly path?: string };

function inWords(error: unknown): unknown {
  if (error instanceof OrcaError || !(error instanceof Error) || !('syscall' in error)) return error;
  const { code = '', path, message } = error as SystemError;
  const [kind, what] = WORDS[code] ?? ['unavailable', message];
  return new OrcaError(kind, path === undefined ? what : `${what}: ${shown(path)}`, {
    cause: error,
    hint: code === 'EPERM' ? 'without -a the files are yours' : undefined,
  });
}

/** Of what is still to be moved to its place, that place's folder. */
const shown = (path: string): string => path.replace(/(^|\/)\.orca-cp-\w+(\/.*)?$/, '') || '.';

const WORDS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['not_found', 'path not found'],
  ENOTDIR: ['not_found', 'not a folder'],
  EACCES: ['unavailable', 'permission denied'],
  EPERM: ['unavailable', 'not permitted'],
  ENOSPC: ['unavailable', 'no space is left'],
  EDQUOT: ['unavailable', 'no space is left for this user'],
  EROFS: ['unavailable', 'the file system is read-only'],
  ELOOP: ['unavailable', 'a link stands in the way'],
};
