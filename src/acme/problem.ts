import { AcmeFailure } from './failure.ts';

/** An error as a CA tells it: RFC 8555 section 6.7, RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly detail: string;
}

const PREFIX = 'urn:ietf:params:acme:error:';
const LONGEST_DETAIL = 500;

/** Undefined for what is no problem document. */
export function readProblem(data: unknown): Problem | undefined {
  if (typeof data !== 'object' || data === null || !('type' in data) || typeof data.type !== 'string') return undefined;
  const detail = 'detail' in data && typeof data.detail === 'string' ? data.detail : '';
  const { type } = data;
  return { type: type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type, detail: cut(detail) };
}

/** Control characters would reach a terminal. */
const cut = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, LONGEST_DETAIL);

interface Meaning {
  readonly said: string;
  readonly hint: string;
}

const CHECK_NAME = 'see that the name leads to this cluster from the Internet, and that no firewall is in between';

/** What the types of RFC 8555 mean for who reads them. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  dns: { said: 'the CA could not look up the name', hint: 'see that the name has an A or AAAA record' },
  connection: { said: 'the CA could not connect to the name', hint: CHECK_NAME },
  tls: { said: 'the CA could not speak TLS with the name', hint: CHECK_NAME },
  unauthorized: { said: 'the CA got another answer than the expected one', hint: CHECK_NAME },
  incorrectResponse: { said: 'the CA got another answer than the expected one', hint: CHECK_NAME },
  caa: {
    said: 'a CAA record of the domain forbids this CA',
    hint: 'allow the CA in the CAA record, or set another acme.directory',
  },
  rateLimited: { said: 'the CA takes no more orders for now', hint: 'wait: orca tries again when the CA allows it' },
  rejectedIdentifier: {
    said: 'the CA signs no certificate for this name',
    hint: 'use another name, or `tls: internal`',
  },
  externalAccountRequired: {
    said: 'the CA wants an account that you have with it',
    hint: 'set acme.eab_kid and acme.eab_key_file in server.yml',
  },
  userActionRequired: { said: 'the CA has new terms', hint: 'agree to them: orca certs agree' },
  accountDoesNotExist: { said: 'the CA does not know the account', hint: 'nothing: orca makes another one' },
  invalidContact: {
    said: 'the CA does not take the e-mail address',
    hint: 'give another one: orca certs agree --email ADDRESS',
  },
  unsupportedContact: {
    said: 'the CA does not take the e-mail address',
    hint: 'give another one: orca certs agree --email ADDRESS',
  },
  serverInternal: { said: 'the CA has an error of its own', hint: 'wait: orca tries again' },
};

/** @param retryIn as the CA said, ms */
export function failureOf({ type, detail }: Problem, retryIn?: number): AcmeFailure {
  const meaning = MEANINGS[type];
  const said = meaning?.said ?? `the CA refused (${cut(type)})`;
  const message = detail === '' ? said : `${said}: ${detail}`;
  return new AcmeFailure(kindOf(type), message, { hint: meaning?.hint, retryIn });
}

function kindOf(type: string) {
  if (type === 'rateLimited') return 'limited';
  if (type === 'accountDoesNotExist') return 'no-account';
  return type === 'serverInternal' ? 'away' : 'refused';
}
