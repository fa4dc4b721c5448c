import { OrcaError } from '../src/core/errors.ts';

/** A token, and where it comes from, for messages. */
export interface Credential {
  readonly token: string;
  readonly from: string;
}

/** None is sent. */
export interface NoCredential {
  readonly token?: undefined;
  /** A token that is there, and why it is not for this address, as a sentence. */
  readonly unsent?: string | undefined;
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
