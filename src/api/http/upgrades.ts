import { type IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { LONGEST_MESSAGE, SESSION_PROTOCOL } from '../../contract/session.ts';
import { OrcaError } from '../../core/errors.ts';
import { type SessionSocket, sessionSocket } from './session-socket.ts';

/**
 * Requests that ask to become a WebSocket go through everything that others go through, and are answered as they are: only
 * what a handler has agreed to is upgraded.
 */
export interface Upgrades {
  /** Whether a request asks for a WebSocket where there is one. Anything else is an ordinary request. */
  accepts(request: IncomingMessage): boolean;
  /** @param isBusy an answer is under way on the connection already */
  serve(server: Server, handler: RequestListener, isBusy: (socket: Socket) => boolean): void;
  /** @throws OrcaError `malformed` if it cannot become a session */
  require(request: IncomingMessage): void;
  /** Once, after `require`. @param headers of the answer */
  take(request: IncomingMessage, headers: readonly string[]): SessionSocket;
}

/** For the answer to a goodbye, ms. */
const CLOSING = 3_000;

/** @param paths with parameters in braces */
export function createUpgrades(paths: readonly string[]): Upgrades {
  const patterns = paths.map((path) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}(\\?|$)`));
  const heads = new WeakMap<IncomingMessage, Buffer>();
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LONGEST_MESSAGE,
    closeTimeout: CLOSING,
    handleProtocols: () => SESSION_PROTOCOL,
  } as ConstructorParameters<typeof WebSocketServer>[0]);

  return {
    accepts: ({ method, headers, url = '' }) =>
      method === 'GET' && isWebSocket(headers.upgrade) && patterns.some((pattern) => pattern.test(url)),
    serve: (server, handler, isBusy) => {
      server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
        socket.on('error', () => undefined);
        if (isBusy(socket)) return socket.destroy();
        heads.set(request, head);
        handler(request, answerOn(request, socket));
      });
    },
    require: (request) => {
      const problem = heads.has(request) ? problemOf(request) : 'this is for WebSockets, and the request is none';
      if (problem === undefined) return;
      throw new OrcaError('malformed', problem, {
        hint: `connect by a WebSocket with the subprotocol ${SESSION_PROTOCOL}, as \`orca exec\` does`,
      });
    },
    take: (request, headers) => {
      const own = (lines: string[]) => void lines.push(...headers);
      const taken: SessionSocket[] = [];
      sockets.once('headers', own);
      sockets.handleUpgrade(request, request.socket, heads.get(request) ?? Buffer.alloc(0), (socket) =>
        taken.push(sessionSocket(socket)),
      );
      sockets.off('headers', own);
      const [session] = taken;
      if (!session) throw new OrcaError('unavailable', 'the connection ended before it was a WebSocket');
      return session;
    },
  };
}

/** Node makes no answer for a request to upgrade. This one ends with its connection, which is for nothing else any more. */
function answerOn(request: IncomingMessage, socket: Socket): ServerResponse {
  Object.assign(request, { complete: true }); // it has no body
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  return response.once('finish', () => socket.destroySoon());
}

const isWebSocket = (upgrade: string | undefined): boolean => upgrade?.toLowerCase() === 'websocket';

/** @see RFC 6455, section 4.2.1 */
function problemOf({ headers }: IncomingMessage): string | undefined {
  if (headers['sec-websocket-version'] !== '13') return 'the version of WebSockets is not 13';
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')) return 'Sec-WebSocket-Key is not a key';
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return offered.includes(SESSION_PROTOCOL) ? undefined : `the subprotocol ${SESSION_PROTOCOL} is not offered`;
}
