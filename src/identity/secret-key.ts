import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { OrcaError } from '../core/errors.ts';
import { syncFolder, writePrivately } from './write-privately.ts';

export interface SecretKeyOptions {
  /** `DIR/secret.key`, readable by its owner only. */
  readonly file: string;
  /** Such as `crypto.randomBytes`. */
  readonly random: (bytes: number) => Buffer;
  /** Whether the store holds what was encrypted with it. */
  readonly isInUse: () => Promise<boolean>;
}

const BYTES = 32;

/**
 * The cluster's key, made at the first start. Where it is lost another one is made: fingerprints made with it change. Not
 * while the store holds what was encrypted with it: a new key beside it would hide that the old one is to be put back.
 *
 * @returns undefined where it is lost and in use
 * @throws OrcaError `unavailable` for a file that holds no key, or cannot be read
 */
export async function ensureSecretKey({ file, random, isInUse }: SecretKeyOptions): Promise<Buffer | undefined> {
  const found = await readKey(file);
  if (found) return found;
  if (await isInUse()) return undefined;
  const key = random(BYTES);
  await writePrivately(file, `${key.toString('hex')}\n`);
  return key;
}

async function readKey(file: string): Promise<Buffer | undefined> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new OrcaError('unavailable', `the key in ${file} cannot be read: ${cause.message}`, { cause });
  });
  if (text === undefined) return undefined;
  if (/^[0-9a-f]{64}\n?$/.test(text)) return Buffer.from(text.trim(), 'hex');
  throw new OrcaError('unavailable', `${file} holds no key of ${BYTES} bytes`, {
    hint: 'put back the one that was there; or remove the file, and another is made if nothing is encrypted with it',
  });
}

/** Where the key lies that takes the place of the one in `file`, until everything is encrypted with it. */
const nextOf = (file: string): string => `${file}.next`;

/** The key that a rotation was cut short with. @throws OrcaError `unavailable` */
export const readNextKey = (file: string): Promise<Buffer | undefined> => readKey(nextOf(file));

/**
 * A new key beside the one in use: on disk before this returns, so that nothing is encrypted with a key that may be lost.
 * @throws OrcaError `conflict` if there is one already
 */
export async function writeNextKey(file: string, random: (bytes: number) => Buffer): Promise<Buffer> {
  if (await readKey(nextOf(file))) {
    throw new OrcaError('conflict', `${nextOf(file)} is there already: a rotation of the key was not finished`, {
      hint: 'restart the server, which finishes it',
    });
  }
  const key = random(BYTES);
  await writePrivately(nextOf(file), `${key.toString('hex')}\n`);
  return key;
}

/** The next key is the key from now on: the one before is gone. */
export async function adoptNextKey(file: string): Promise<void> {
  await rename(nextOf(file), file);
  await syncFolder(path.dirname(file));
}
