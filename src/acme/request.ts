import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { AcmeFailure } from './failure.ts';
import { failureOf, readProblem } from './problem.ts';

export interface AcmeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** JSON, parsed; text of another type. */
  readonly data: unknown;
}

export interface AcmeRequestOptions {
  readonly agent: Agent;
  readonly userAgent: string;
  /** Ms. */
  readonly within?: number | undefined;
  readonly signal: AbortSignal;
}

const WITHIN = 20_000;
/** A chain of certificates has a few thousand bytes. */
const MAX_BYTES = 1024 * 1024;

/**
 * One request to a CA; it is never repeated here. A bad nonce comes back as an answer: the library asks again with another one.
 *
 * @throws AcmeFailure for every other error
 */
export async function askCa(
  options: AcmeRequestOptions,
  method: string,
  url: string,
  body: string | undefined,
): Promise<AcmeAnswer> {
  const host = hostOf(url);
  const { within = WITHIN } = options;
  const limit = AbortSignal.timeout(within);
  const signal = AbortSignal.any([options.signal, limit]);
  try {
    const answer = await send({ ...options, signal }, method, url, body);
    return checked(host, answer);
  } catch (error) {
    if (error instanceof AcmeFailure) throw error;
    if (options.signal.aborted) throw new AcmeFailure('away', 'the server is stopping', { cause: error });
    const why = limit.aborted ? `it did not answer within ${within / 1000} s` : reasonOf(error);
    const hint =
      'see that this machine reaches the CA: its network, a firewall, acme.directory and acme.ca in server.yml';
    throw new AcmeFailure('away', `the CA at ${host} is not reached: ${why}`, { hint, cause: error });
  }
}

function hostOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed?.protocol === 'https:') return parsed.host;
  throw new AcmeFailure('odd', 'the CA named an address that is not https', { hint: ODD_HINT });
}

function send(
  { agent, userAgent, signal }: AcmeRequestOptions,
  method: string,
  url: string,
  body: string | undefined,
): Promise<AcmeAnswer> {
  const headers = { 'user-agent': userAgent, 'content-type': 'application/jose+json', accept: '*/*' };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { method: method.toUpperCase(), agent, headers, signal }, (response) => {
      readAll(response).then(
        (text) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, data: dataOf(response, text) }),
        reject,
      );
    });
    request.once('error', reject);
    request.end(body);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES)
      throw new AcmeFailure('odd', `the CA answered with more than ${MAX_BYTES} bytes`, { hint: ODD_HINT });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** `application/problem+json` too. */
function dataOf({ headers }: IncomingMessage, text: string): unknown {
  if (text === '' || !/[/+]json\b/.test(headers['content-type'] ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const ODD_HINT = 'see that acme.directory in server.yml is the directory of a CA that speaks ACME (RFC 8555)';

function checked(host: string, answer: AcmeAnswer): AcmeAnswer {
  const { status, headers, data } = answer;
  const retryIn = retryAfter(headers['retry-after']);
  const problem = readProblem(data);
  if (status === 400 && problem?.type === 'badNonce') return answer;
  if (status >= 400 && problem) throw failureOf(problem, retryIn);
  if (status === 429) throw new AcmeFailure('limited', `the CA at ${host} takes no more requests for now`, { retryIn });
  if (status >= 500) throw new AcmeFailure('away', `the CA at ${host} answered ${status}`, { retryIn });
  if (status >= 200 && status < 300) return answer;
  throw new AcmeFailure('odd', `the CA at ${host} answered ${status}`, { hint: ODD_HINT });
}

/** Seconds, or a date (RFC 9110, section 10.2.3). @returns ms */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return message || code || 'it hung up';
};
