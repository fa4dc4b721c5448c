import type { Socket } from 'node:net';
import { createServer, type SecureContext, type Server, type TLSSocket } from 'node:tls';
import type { CertificateBook } from './certificate-book.ts';
import { offersAlone } from './client-hello.ts';
import type { TlsIdentity } from './identity.ts';

interface Options {
  readonly book: CertificateBook;
  /** From the connection to the end of its handshake, ms. */
  readonly handshake: number;
  /** The handshake is over, and HTTP is spoken. @param name whom the client has asked for; '' */
  readonly onSecure: (socket: TLSSocket, name: string) => void;
}

/** Speaks TLS on connections that somebody else has accepted. */
export interface Terminator {
  identify(identity: TlsIdentity): void;
  /** Ends it, where no handshake comes of it. */
  take(socket: Socket): void;
}

const CHALLENGE = 'acme-tls/1';
const SPOKEN = ['http/1.1', 'http/1.0'];
/** Before TLS 1.2 nothing is spoken; of that, what keeps earlier traffic secret (RFC 9325). */
const SECURE = { minVersion: 'TLSv1.2' } as const;

export function createTerminator({ book, handshake, onSecure }: Options): Terminator {
  const sockets = { noDelay: true, handshakeTimeout: handshake, ...SECURE };
  let identified = false;

  const main = guarded(
    createServer(
      {
        ...sockets,
        ALPNCallback: ({ protocols }) => SPOKEN.find((spoken) => protocols.includes(spoken)),
        SNICallback: (name, found) => found(null, contextFor(name)),
      },
      (socket) => onSecure(socket, nameOf(socket)),
    ),
  );

  const contextFor = (name: string): SecureContext | undefined => book.find(name);

  /** Who asks for the proof of a challenge has all of it with the handshake. */
  const challenges = guarded(
    createServer(
      {
        ...sockets,
        ALPNProtocols: [CHALLENGE],
        SNICallback: (name, found) => {
          const context = book.findChallenge(name);
          found(context ? null : new Error('no such challenge'), context);
        },
      },
      (socket) => socket.end(),
    ),
  );

  /** Looks at what comes first only while a CA may be about to ask. */
  const sort = (socket: Socket): void => {
    const timer = setTimeout(() => socket.destroy(), handshake);
    socket.once('close', () => clearTimeout(timer));
    socket.once('data', (bytes: Buffer) => {
      clearTimeout(timer);
      socket.pause();
      socket.unshift(bytes);
      (offersAlone(bytes, CHALLENGE) ? challenges : main).emit('connection', socket);
    });
  };

  return {
    identify({ selfSigned, tickets }) {
      const shown = { cert: selfSigned.certificate, key: selfSigned.key, ...SECURE };
      for (const server of [main, challenges]) server.setSecureContext(shown);
      main.setTicketKeys(Buffer.from(tickets, 'base64'));
      identified = true;
    },

    take(socket) {
      socket.on('error', () => socket.destroy());
      socket.allowHalfOpen = false; // Who leaves in the middle of a handshake is gone.
      if (!identified) socket.destroy();
      else if (book.isChallenged) sort(socket);
      else main.emit('connection', socket);
    },
  };
}

/** Hostile handshakes end their own connection. */
function guarded(server: Server): Server {
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', (socket) => socket.on('error', () => socket.destroy()));
  return server;
}

/** Undefined or false where the client named none. */
const nameOf = (socket: TLSSocket): string => {
  const { servername } = socket as { readonly servername?: unknown };
  return typeof servername === 'string' ? servername : '';
};
