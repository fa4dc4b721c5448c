import { type IncomingMessage, request as plainRequest } from 'node:http';
import { OrcaError } from '../core/errors.ts';
import type { Call } from './call.ts';
import { connectionError, lostError } from './faults.ts';
import { socketPathOf } from './unix-address.ts';

export interface ConnectionOptions {
  /**
   * Base URL, `http://127.0.0.1:6880` or `https://orca.example.com`: a path in it is kept in front. Or a unix socket,
   * `unix:///var/lib/orca/orca.sock`.
   */
  readonly api: string;
  /** Where the socket of `api` is reached, if not by its own path. */
  readonly socketPath?: string | undefined;
  readonly token?: string | undefined;
  /** Ends whatever is under way; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** For an answer's head, and between two pieces of a body that is not a stream, ms. */
  readonly timeout?: number | undefined;
  /** Sent as `User-Agent`. */
  readonly agent?: string | undefined;
}

/** Sends one request and resolves with the answer's head; the body is still to be read. */
export type Connection = (call: Call) => Promise<IncomingMessage>;

const ANSWER_TIMEOUT = 60_000;

/**
 * One HTTP/1.1 connection a call, over node:http: `fetch` costs 50 ms at start and cuts bodies off that are silent
 * for five minutes.
 * @throws OrcaError `unavailable` (not reached, so nothing was done) or `timeout` (sent, and the outcome is unknown)
 */
export function createConnection(options: ConnectionOptions): Connection {
  const { api, timeout = ANSWER_TIMEOUT } = options;
  return async (call) => {
    const send = await transport(api);
    options.signal?.throwIfAborted();
    return await new Promise((resolve, reject) => {
      const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
      const request = send(urlOf(api, call), {
        method: call.method,
        headers: headersOf(options, call, body),
        agent: false,
        ...socketOf(options),
        ...(options.signal ? { signal: options.signal } : {}),
      });
      const patience = call.patience ?? timeout;
      let late = (): unknown => request.destroy(lostError(api, call, `no answer for ${patience / 1000} s`));
      request.setTimeout(patience).on('timeout', () => late());
      request.once('socket', (socket) => socket.setKeepAlive(true, 15_000));
      request.on('error', (error) =>
        reject(options.signal?.aborted ? options.signal.reason : connectionError(api, call, error)),
      );
      request.once('response', (answer) => {
        const silence = call.silence ?? timeout;
        late = () => answer.destroy(lostError(api, call, `silent for ${silence / 1000} s`));
        request.setTimeout(silence);
        resolve(answer);
      });
      request.end(body);
    });
  };
}

/** TLS is loaded only where it is used. */
async function transport(api: string): Promise<typeof plainRequest> {
  if (socketPathOf(api) !== undefined) return plainRequest;
  const { protocol } = new URL(api);
  if (protocol === 'http:') return plainRequest;
  if (protocol === 'https:') return (await import('node:https')).default.request as typeof plainRequest;
  throw new OrcaError('malformed', `cannot speak to ${api}: ${protocol.slice(0, -1)} is not http, https or unix`);
}

/** The server lets in what names this host, by whatever way it comes. */
const OVER_SOCKET = 'http://localhost';

export function socketOf({ api, socketPath = socketPathOf(api) }: ConnectionOptions): { readonly socketPath?: string } {
  return socketPath === undefined ? {} : { socketPath };
}

export function urlOf(api: string, { path, query = {} }: Call): URL {
  const url = new URL(socketPathOf(api) === undefined ? api : OVER_SOCKET);
  url.pathname = url.pathname.replace(/\/$/, '') + path;
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === false) continue;
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(key, String(one));
  }
  return url;
}

export const headersOf = ({ token, agent = 'orca' }: ConnectionOptions, call: Call, body?: Buffer) => ({
  accept: call.accept ?? 'application/json',
  'user-agent': agent,
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(body.length) }),
  ...call.headers,
});
