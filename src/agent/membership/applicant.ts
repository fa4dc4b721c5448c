import { randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { OrcaError } from '../../core/errors.ts';
import { newPrivateKey } from '../../identity/certificates/key.ts';
import { makeSigningRequest } from '../../identity/certificates/signing-request.ts';
import { writePrivately } from '../../identity/write-privately.ts';
import type { NodeFiles } from './files.ts';
import { readIfThere } from './read-file.ts';

/** What a machine that wants to join says who it is. */
export interface Applicant {
  readonly id: string;
  /** PKCS #10, PEM. */
  readonly csr: string;
}

const ID = /^[a-z2-7]{16}$/;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Id and key, made once and kept: who asks again after a join that was cut short is the same node. The id comes from nothing that
 * the machine is known by, which may have been copied from another one.
 */
export async function prepareApplicant(files: NodeFiles): Promise<Applicant> {
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  await chmod(files.folder, 0o700);
  const id = await kept(files.id, newId);
  if (!ID.test(id)) {
    throw new OrcaError('unavailable', `${files.id} holds no id of a node`, {
      hint: `remove ${files.folder}, and join again`,
    });
  }
  const key = await kept(files.key, newPrivateKey);
  return { id, csr: await makeSigningRequest(`${key}\n`, id) };
}

async function kept(file: string, make: () => string): Promise<string> {
  const found = await readIfThere(file);
  if (found !== undefined && found.trim() !== '') return found.trim();
  const made = make();
  await writePrivately(file, `${made.trim()}\n`);
  return made.trim();
}

const newId = (): string => Array.from(randomBytes(16), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
