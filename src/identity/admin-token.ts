import type { TokenRecord } from '../core/model/token.ts';
import { digestOf, idOf, newToken } from './token.ts';
import type { TokenState } from './token-state.ts';
import { writePrivately } from './write-privately.ts';

export interface AdminTokenOptions<Write> {
  readonly state: TokenState<Write>;
  /** Gets the token, readable by its owner only. */
  readonly file: string;
  readonly now: number;
  /** Such as `crypto.randomBytes`. */
  readonly random: (bytes: number) => Buffer;
}

/** `token` only when it was made just now: the one time it may be shown. */
export type AdminToken = { readonly isNew: true; readonly token: string } | { readonly isNew: false };

/**
 * Makes the first token of a new cluster, for all of it, once. A file lost later is not made again: whoever can delete
 * it could else make an admin. The file is written first: a crash in between leaves a file without a record, and the
 * next start makes both anew.
 */
export async function ensureAdminToken<Write>(options: AdminTokenOptions<Write>): Promise<AdminToken> {
  const { state, file, now, random } = options;
  if (!(await state.tokens.isEmpty())) return { isNew: false };
  const token = newToken(random);
  await writePrivately(file, `${token}\n`);
  await state.store.txn({ then: [state.tokens.put(recordOf(token, now))] });
  return { isNew: true, token };
}

function recordOf(token: string, now: number): TokenRecord {
  const digest = digestOf(token);
  return { id: idOf(digest), name: 'admin', digest, role: 'admin', createdAt: now };
}
