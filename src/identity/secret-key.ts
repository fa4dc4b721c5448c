import { readFile } from 'node:fs/promises';
import { OrcaError } from '../core/errors.ts';
import { writePrivately } from './write-privately.ts';

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
