import { keyOfJwk, UnusableKey, type VerifyKey } from './verify-key.ts';

/** The keys of an issuer as they were answered, and for how long they may be used, ms. */
export interface FetchedKeys {
  readonly keys: readonly VerifyKey[];
  readonly maxAge: number | undefined;
}

const WITHIN = 5_000;
const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 100;

/**
 * Asks an issuer for its public keys. No redirect is followed: the address is the admin's, and no other.
 *
 * @throws Error saying why they cannot be had
 * @see RFC 7517, section 5
 */
export async function fetchJwks(url: string): Promise<FetchedKeys> {
  const signal = AbortSignal.timeout(WITHIN);
  const answer = await fetch(url, { redirect: 'manual', signal, headers: { accept: 'application/json' } }).catch(fail);
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new Error(answer.status >= 300 && answer.status < 400 ? 'it redirects' : `it answered ${answer.status}`);
  }
  const keys = keysOf(await readAll(answer).catch(fail));
  if (keys.length === 0) throw new Error('it has no key that can be used: RSA from 2048 bits, or EC on P-256');
  return { keys, maxAge: maxAgeOf(answer.headers.get('cache-control') ?? '') };
}

async function readAll({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`the answer is over ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Those that can be used. A secret that is published is none. */
function keysOf(text: string): readonly VerifyKey[] {
  const set: unknown = parse(text);
  const keys = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS)
    throw new Error(`expected a list of at most ${MAX_KEYS} \`keys\``);
  return keys.flatMap(usable).filter(({ algorithm }) => algorithm !== 'HS256');
}

function usable(jwk: unknown): readonly VerifyKey[] {
  if (typeof jwk !== 'object' || jwk === null) return [];
  try {
    return [keyOfJwk(jwk as Readonly<Record<string, unknown>>)];
  } catch (error) {
    if (error instanceof UnusableKey) return [];
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the answer is no JSON');
  }
}

/** @see RFC 9111, section 5.2.2.1 */
function maxAgeOf(header: string): number | undefined {
  const [, seconds] = /(?:^|[\s,])max-age="?(\d{1,10})/i.exec(header) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** The reason behind `fetch failed`. */
function fail(error: unknown): never {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') throw new Error(`it did not answer within ${WITHIN / 1000} s`, { cause: error });
  throw new Error(cause instanceof Error ? cause.message : message, { cause: error });
}
