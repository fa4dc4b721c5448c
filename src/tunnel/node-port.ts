import { constants } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { OrcaError } from '../core/errors.ts';
import { ALPN } from '../core/nodes/wire.ts';
import { farewell } from './farewell.ts';
import { createJoinDesk } from './join-desk.ts';
import type { NodePort, NodePortOptions } from './node-port-options.ts';
import { createNodeWires } from './node-wires.ts';
import { peerOf } from './peer.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { createWaitingRoom, withoutMapping } from './waiting-room.ts';
import type { Way } from './wire.ts';

/** To show who it is, ms. */
const LIMIT = 10_000;
const ROOM = { most: 512, mostOfOne: 64, limit: LIMIT };

/**
 * Where nodes dial in: TLS 1.3. Without a certificate of this cluster's nothing opens but the join, and one is let in only if
 * `admit` says so. Nothing is listened on before `listen`.
 */
export function createNodePort(options: NodePortOptions): NodePort {
  const { log } = options;
  const room = createWaitingRoom(ROOM);
  const desk = createJoinDesk(options);
  const wires = createNodeWires(options);
  const sockets = new Set<Socket>();
  /** By address and port of the other end: the sockets below TLS, and how each leaves the room. */
  const entered = new Map<string, () => void>();
  const fresh = createFreshener(options.tls);
  const server = createServer({ ...TLS, handshakeTimeout: LIMIT });

  server.prependListener('connection', (socket: Socket) => {
    const place = placeOf(socket);
    sockets.add(socket);
    entered.set(place, room.enter(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      entered.delete(place);
    });
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    try {
      const changed = fresh();
      if (changed !== undefined) server.setSecureContext(changed);
    } catch (err) {
      log.warn({ err }, 'the certificate of the node port cannot be used: the one before it stays in use');
    }
  });
  server.on('tlsClientError', (error, socket) => {
    log.debug({ remote: socket.remoteAddress, problem: error.message }, 'a handshake on the node port failed');
    socket.destroy();
  });
  server.on('secureConnection', (socket) => {
    const remote = withoutMapping(socket.remoteAddress ?? '');
    const leave = entered.get(placeOf(socket)) ?? (() => undefined);
    socket.on('error', () => undefined);
    if (socket.alpnProtocol === ALPN.join) void desk.serve(socket, remote, leave);
    else letIn(socket, remote, leave);
  });

  function letIn(socket: TLSSocket, remote: string, leave: () => void): void {
    const way = WAYS[String(socket.alpnProtocol)];
    if (way === undefined) return void socket.destroy();
    const peer = peerOf(socket);
    const why = typeof peer === 'string' ? peer : refusal(peer.id, peer.key);
    if (typeof peer === 'string' || why !== undefined) {
      log.info({ remote, node: typeof peer === 'string' ? undefined : peer.id, why }, 'a node was not let in');
      // Still in the room: whoever does not read this goes with the others.
      return void socket.end(farewell(String(why)));
    }
    leave();
    wires.take(peer.id, way, socket, remote);
  }

  function refusal(id: string, key: string): string | undefined {
    try {
      return options.admit(id, key);
    } catch (err) {
      log.warn({ err, node: id }, 'whether a node is let in could not be decided');
      return 'the master could not decide, its log says why';
    }
  }

  return {
    async listen({ host, port }) {
      server.listen(port, host);
      await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
        throw cannotListen(host, port, error);
      });
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    wire: wires.of,
    cut: wires.cut,
    async close() {
      const closed = server.listening ? once(server, 'close') : undefined;
      server.close();
      wires.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const WAYS: Readonly<Record<string, Way | undefined>> = {
  [ALPN.control]: 'quick',
  [ALPN.bulk]: 'patient',
  [ALPN.requests]: 'relayed',
};

const TLS: TlsOptions = {
  minVersion: 'TLSv1.3',
  ALPNProtocols: Object.values(ALPN),
  requestCert: true,
  // A node that joins has none yet: who may do what is decided after the handshake.
  rejectUnauthorized: false,
  secureOptions: constants.SSL_OP_NO_TICKET,
};

/** The context to use from now on, if what `tls` gives is another than before. */
function createFreshener(tls: () => TlsIdentity): () => TlsOptions | undefined {
  let last: string | undefined;
  return () => {
    const { key, cert, ca } = tls();
    const now = JSON.stringify([key, cert, ca]);
    if (now === last) return undefined;
    last = now;
    return { ...TLS, key, cert: [cert, ...ca].join('\n'), ca: [...ca] };
  };
}

const placeOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

const cannotListen = (host: string | undefined, port: number, { code, message }: NodeJS.ErrnoException): OrcaError =>
  new OrcaError('unavailable', `the node port cannot listen on ${host ?? ''}:${port}: ${code ?? message}`, {
    hint: code === 'EADDRINUSE' ? 'another program has this port: end it, or set nodes.listen' : 'set nodes.listen',
  });
