import { randomBytes } from 'node:crypto';
import { makeSelfSigned } from '../../identity/certificates/self-signed.ts';
import type { TlsIdentity } from '../proxy/tls/identity.ts';
import type { ToWorker } from '../worker/messages.ts';

/** What workers serve TLS with beside the certificates: made here, in memory only, another one after each start. */
export interface TlsIdentities {
  current(): TlsIdentity;
  stop(): void;
}

interface Options {
  readonly broadcast: (message: ToWorker) => void;
  readonly now: () => number;
  /** Ms. */
  readonly rotateEvery?: number | undefined;
}

/** Whoever learns a ticket key can read the sessions that were resumed by it: it is replaced this often (RFC 5077 section 5.5). */
const ROTATE_EVERY = 12 * 3_600_000;
const TICKET_BYTES = 48;

export function createTlsIdentities({ broadcast, now, rotateEvery = ROTATE_EVERY }: Options): TlsIdentities {
  const selfSigned = makeSelfSigned('orca has no certificate for this name', now());
  const make = (): TlsIdentity => ({ selfSigned, tickets: randomBytes(TICKET_BYTES).toString('base64') });
  let identity = make();
  const timer = setInterval(() => {
    identity = make();
    broadcast({ type: 'tls', identity });
  }, rotateEvery).unref();
  return { current: () => identity, stop: () => clearInterval(timer) };
}
