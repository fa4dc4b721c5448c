import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import { CHALLENGE_PATH } from '../../core/route/certificates.ts';
import type { Board } from './board.ts';

/**
 * Resolves if the name leads to this cluster: a question under it, as a CA would ask it, is answered with what only this
 * cluster knows. So a name whose DNS is not right yet costs nothing with the CA.
 *
 * @throws NotHere saying where it leads
 */
export type LeadsHere = (name: string, signal: AbortSignal) => Promise<void>;

/** The name leads elsewhere, or nowhere. `message` is a sentence for people. */
export class NotHere extends Error {
  override readonly name = 'NotHere';
  readonly hint: string;

  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.hint = hint;
  }
}

export interface LeadsHereOptions {
  readonly board: Pick<Board, 'show'>;
  /** Where a CA asks by HTTP. */
  readonly port?: number | undefined;
  /** The addresses of a name; rejects if it has none. */
  readonly resolve?: ((name: string) => Promise<readonly string[]>) | undefined;
}

const WITHIN = 10_000;
const MAX_BYTES = 1024;
const OFF = 'if only this machine cannot see that, set `acme.check: off` in server.yml';

export function createLeadsHere({ board, port = 80, resolve = addressesOf }: LeadsHereOptions): LeadsHere {
  return async (name, signal) => {
    const addresses = await resolve(name).catch((cause) => {
      throw new NotHere(`${name} has no address in DNS`, `add an A or AAAA record for ${name}`, cause);
    });
    const [address] = addresses;
    if (address === undefined)
      throw new NotHere(`${name} has no address in DNS`, `add an A or AAAA record for ${name}`);
    const token = `orca-${randomBytes(16).toString('base64url')}`;
    const keyAuthorization = randomBytes(24).toString('base64url');
    const takeBack = await board.show({ name, token, keyAuthorization }, signal);
    try {
      const got = await ask({ name, address, port, path: `${CHALLENGE_PATH}${token}`, signal });
      if (got.text === keyAuthorization) return;
      throw new NotHere(
        `${name} leads to ${addresses.join(', ')}, where something else answers (status ${got.status})`,
        `point the DNS of ${name} to this cluster; ${OFF}`,
      );
    } finally {
      takeBack();
    }
  };
}

const addressesOf = async (name: string): Promise<readonly string[]> =>
  (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);

interface Question {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly signal: AbortSignal;
}

async function ask({ name, address, port, path, signal }: Question): Promise<{ status: number; text: string }> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(WITHIN)]);
  try {
    return await new Promise((resolve, reject) => {
      const options = { host: address, port, path, headers: { host: name }, agent: false, signal: limit } as const;
      const asked = request(options, (answer) => {
        readSome(answer).then((text) => resolve({ status: answer.statusCode ?? 0, text }), reject);
      });
      asked.once('error', reject);
      asked.end();
    });
  } catch (cause) {
    const why = limit.aborted ? `it did not answer within ${WITHIN / 1000} s` : (cause as Error).message;
    const hint = `open port ${port} to the Internet, and point the DNS of ${name} to this cluster; ${OFF}`;
    throw new NotHere(`${name} leads to ${address}, which is not reached on port ${port}: ${why}`, hint, cause);
  }
}

async function readSome(answer: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of answer) {
    text += chunk.toString('latin1');
    if (text.length > MAX_BYTES) break;
  }
  return text;
}
