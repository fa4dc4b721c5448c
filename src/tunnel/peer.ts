import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { isNodeId } from './shapes.ts';

/** Who a certificate says its owner is. */
export interface Peer {
  readonly id: string;
  /** SHA-256 of the public key (SPKI, DER), hex. */
  readonly key: string;
}

/**
 * Who is at the other end, or why it is not known. Asked once the handshake is done, when OpenSSL has verified the chain, its
 * times and its purpose.
 */
export function peerOf(socket: TLSSocket): Peer | string {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return 'no certificate was shown';
  // What was verified once is not verified again for a session that is taken up again.
  if (!socket.authorized || socket.isSessionReused()) {
    return `the certificate is not valid here (${String(socket.authorizationError ?? 'an old session')})`;
  }
  const [, id] = /^CN=(.*)$/.exec(certificate.subject) ?? [];
  if (!isNodeId(id)) return 'the certificate is not that of a node';
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return { id, key: createHash('sha256').update(spki).digest('hex') };
}
