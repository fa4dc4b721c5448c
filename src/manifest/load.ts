import path from 'node:path';
import { OrcaError } from '../core/errors.ts';
import { MAX_FILE } from '../core/model/file.ts';
import { MAX_MANIFEST } from './decode.ts';
import { MAX_ENV_FILE } from './env-file.ts';
import type { EnvFileReader } from './env-files.ts';
import { type Manifest, parseManifest } from './parse.ts';
import { readRegularFile, whyUnreadable } from './read-regular-file.ts';
import type { Env } from './substitute.ts';

/**
 * A manifest from disk, with the env files it names, which lie relative to it. Throws a ManifestError for what is wrong
 * in it, `not_found` when there is none, and `invalid` when it cannot be read.
 */
export function loadManifest(file: string, { env }: { readonly env: Env }): Manifest {
  const folder = path.dirname(file);
  return parseManifest(readManifest(file), {
    file,
    env,
    readEnvFile: envFileReader(folder),
    readSource: (name) => readRegularFile(path.resolve(folder, name), MAX_FILE),
  });
}

/** Reads env files named relative to a folder: UTF-8, at most 1 MiB each. */
export function envFileReader(folder: string): EnvFileReader {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (name) => decoder.decode(readRegularFile(path.resolve(folder, name), MAX_ENV_FILE));
}

function readManifest(file: string): Uint8Array {
  try {
    return readRegularFile(file, MAX_MANIFEST);
  } catch (cause) {
    const missing = cause instanceof Error && Reflect.get(cause, 'code') === 'ENOENT';
    throw new OrcaError(missing ? 'not_found' : 'invalid', `cannot read ${file}: ${whyUnreadable(cause)}`, {
      cause,
      hint: missing ? 'begin with a copy of orca.yml.example' : undefined,
    });
  }
}
