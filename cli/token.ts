import { join } from 'node:path';
import { OrcaError } from '../src/core/errors.ts';
import type { Environment } from './environment.ts';
import { readUserFile } from './user-file.ts';

/** A token, and where it comes from, for messages. */
export interface Credential {
  readonly token: string;
  readonly from: string;
}

/** Why there is none: the files that are there and cannot be read, a sentence each. */
export interface NoCredential {
  readonly token?: undefined;
  readonly unreadable: readonly string[];
}

/**
 * As it can be sent: what keeps secrets often ends them with a line end.
 * @throws OrcaError `malformed` naming where it comes from, never what it is
 */
export function credentialOf(text: string | undefined, from: string): Credential | undefined {
  const token = text?.trim() ?? '';
  if (token === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(token)) return { token, from };
  throw new OrcaError('malformed', `the token in ${from} has a character that no token has`, {
    hint: 'a token is one word of letters, digits, - and _',
  });
}

/**
 * The admin token of the server on this machine, from the data directory that is named or one of the usual ones.
 * @throws OrcaError `malformed` where the one that is named cannot be read
 */
export async function localCredential(
  directory: string | undefined,
  { home, root }: Environment,
): Promise<Credential | NoCredential> {
  if (directory !== undefined) return (await adminToken(directory)) ?? { unreadable: [] };
  const own = join(home, '.local', 'share', 'orca');
  const unreadable: string[] = [];
  for (const usual of root ? ['/var/lib/orca', own] : [own, '/var/lib/orca']) {
    try {
      const found = await adminToken(usual);
      if (found) return found;
    } catch (error) {
      if (!(error instanceof OrcaError)) throw error;
      unreadable.push(error.message);
    }
  }
  return { unreadable };
}

async function adminToken(directory: string): Promise<Credential | undefined> {
  const path = join(directory, 'admin.token');
  return credentialOf(await readUserFile(path), path);
}
