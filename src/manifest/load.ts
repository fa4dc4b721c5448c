import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { OrcaError } from '../core/errors.ts';
import { MAX_MANIFEST } from './decode.ts';
import { MAX_ENV_FILE } from './env-file.ts';
import { type Manifest, parseManifest } from './parse.ts';
import type { Env } from './substitute.ts';

/**
 * A manifest from disk, with the env files it names, which lie relative to it. Throws a ManifestError for what is wrong
 * in it, and `not_found` or `invalid` when it cannot be read.
 */
export function loadManifest(file: string, { env }: { readonly env: Env }): Manifest {
  const readEnvFile = (name: string): string =>
    new TextDecoder('utf-8', { fatal: true }).decode(readBounded(path.resolve(path.dirname(file), name), MAX_ENV_FILE));
  return parseManifest(readManifest(file), { file, env, readEnvFile });
}

function readManifest(file: string): Uint8Array {
  try {
    return readBounded(file, MAX_MANIFEST);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const hint = missing ? 'write one (see orca.yml.example), or name another with --file' : undefined;
    throw new OrcaError(missing ? 'not_found' : 'invalid', `cannot read ${file}: ${describe(cause)}`, { cause, hint });
  }
}

/** Only regular files: a pipe or device might never end. */
function readBounded(file: string, max: number): Uint8Array {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error('not a regular file');
    if (stat.size > max) throw new Error(`larger than ${max} bytes`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

const describe = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
};
