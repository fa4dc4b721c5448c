import { connect, type TLSSocket } from 'node:tls';
import { MASTER_NAME } from '../core/nodes/wire.ts';

export interface DialWish {
  readonly host: string;
  readonly port: number;
  /** One of `ALPN`. */
  readonly protocol: string;
  /** PEM. */
  readonly ca: readonly string[];
  readonly key?: string | undefined;
  readonly cert?: string | undefined;
  /** For the whole of it, ms. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LIMIT = 10_000;

/**
 * A connection to a node port, whose other end has shown a certificate of a master of this cluster. Rejects with a plain error;
 * `explain` makes a sentence of it.
 */
export function dial({ host, port, protocol, ca, key, cert, limit = LIMIT, signal }: DialWish): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect({
    host,
    port,
    ca: [...ca],
    key,
    cert,
    servername: MASTER_NAME,
    ALPNProtocols: [protocol],
    minVersion: 'TLSv1.3',
  });
  const giveUp = (code: string, message: string) => socket.destroy(Object.assign(new Error(message), { code }));
  const timer = setTimeout(() => giveUp('ETIMEDOUT', `no answer within ${limit / 1000} s`), limit);
  const onAbort = () => giveUp('ABORTED', 'given up');
  signal?.addEventListener('abort', onAbort, { once: true });
  socket.setNoDelay(true);
  socket.once('secureConnect', () => {
    if (socket.alpnProtocol === protocol) resolve(socket);
    else giveUp('ERR_ALPN', `it does not speak ${protocol}`);
  });
  socket.on('error', reject);
  socket.once('close', () => reject(Object.assign(new Error('it ended the connection'), { code: 'ECONNRESET' })));
  if (signal?.aborted) onAbort();
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  });
}

/** What is wrong, as a clause, and what to do about it. */
export interface DialProblem {
  readonly code: string;
  readonly what: string;
  readonly hint: string;
}

/** Of what `dial` rejects with. */
export function explain(error: unknown, port: number): DialProblem {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const [what = message, hint = 'look at the log of the master'] = KNOWN[code] ?? [];
  return { code, what, hint: hint.replace('PORT', String(port)) };
}

const OPEN = 'is the master running, and does its firewall let TCP port PORT in from this machine?';
const CLOCK = 'compare the clocks of this machine and of the master';
const OTHER =
  'something else answers on this port, or a proxy is between: the connection must reach the master untouched';

/** By code of Node or OpenSSL. */
const KNOWN: Readonly<Record<string, readonly [what: string | undefined, hint: string]>> = {
  ENOTFOUND: ['its name is not known here', 'use a name or address that this machine can look up'],
  EAI_AGAIN: ['its name cannot be looked up now', 'look at the name server of this machine'],
  ECONNREFUSED: ['nothing listens on this port', OPEN],
  ETIMEDOUT: ['it does not answer', OPEN],
  EHOSTUNREACH: ['there is no way to it', 'look at the routes of this machine and of the master'],
  ENETUNREACH: ['there is no way to it', 'look at the routes of this machine and of the master'],
  ECONNRESET: ['it ended the connection', OTHER],
  CERT_HAS_EXPIRED: ['its certificate is out of date', CLOCK],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', CLOCK],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is not that of a master', OTHER],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificate is of another cluster', 'join again if the cluster was set up anew'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'its certificate is of another cluster',
    'join again if the cluster was set up anew',
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is of another cluster', OTHER],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['its certificate is of another cluster', OTHER],
  CERT_SIGNATURE_FAILURE: ['its certificate is of another cluster', 'join again if the cluster was set up anew'],
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: ['it does not speak to nodes', OTHER],
  ERR_SSL_WRONG_VERSION_NUMBER: ['it does not speak TLS', OTHER],
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ['it does not speak TLS', OTHER],
};
