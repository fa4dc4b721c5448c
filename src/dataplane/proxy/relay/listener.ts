import { constants } from 'node:crypto';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { nodeOfName } from '../../../core/route/relay-name.ts';
import type { RelayIdentity } from './identity.ts';
import { ALPN } from './protocol.ts';

interface Options {
  /** A data plane of the cluster's, by its certificate. @param node id of its node */
  readonly onNode: (socket: TLSSocket, node: string) => void;
  /** What may be spoken beside requests; `alpnProtocol` of the socket says what is. */
  readonly further?: readonly string[] | undefined;
}

/** Takes connections of data planes of other nodes, and of nobody else. */
export interface RelayListener {
  readonly server: Server;
  /** From the next connection on. */
  identify(identity: RelayIdentity): void;
}

export function createRelayListener(identity: RelayIdentity, { onNode, further = [] }: Options): RelayListener {
  const tlsOf = (one: RelayIdentity): TlsOptions => ({ ...tlsWith(one), ALPNProtocols: [ALPN, ...further] });
  const server = createServer({ ...SOCKETS, ...tlsOf(identity) }, (socket) => {
    const node = nodeOfName(socket.getPeerCertificate().subject?.CN);
    socket.on('error', () => {});
    if (node === undefined) socket.destroy();
    else onNode(socket, node);
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return { server, identify: (next) => server.setSecureContext(tlsOf(next)) };
}

const SOCKETS = { allowHalfOpen: true, noDelay: true, handshakeTimeout: 10_000 };

/** No session is resumed: what was verified once would not be verified again. */
const tlsWith = ({ key, certificate, ca }: RelayIdentity): TlsOptions => ({
  minVersion: 'TLSv1.3',
  requestCert: true,
  rejectUnauthorized: true,
  secureOptions: constants.SSL_OP_NO_TICKET,
  key,
  cert: certificate,
  ca: [...ca],
});
