import { createServer, type RequestListener, type Server } from 'node:http';
import { isIP } from 'node:net';
import { type ErrorCode, OrcaError } from '../../core/errors.ts';
import { holderOf } from '../../node/port-holder.ts';
import { limitConnections } from './connections.ts';
import { inTurn } from './pipelining.ts';
import { answerUnreadable } from './unreadable.ts';
import type { Upgrades } from './upgrades.ts';

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

const HEAD_BYTES = 16 * 1024;
const HEAD_TIME = 10_000;
/** For a whole request, its body included: 16 MiB over a slow line. */
const REQUEST_TIME = 120_000;
const KEEP_ALIVE = 75_000;
/** How often the times above are looked at. Node's own 30 s would let a silent connection stay for as long. */
const CHECKED = 1_000;
/** Kept open at once, of each of the API's addresses. */
export const CONNECTIONS = 1_000;

/**
 * Serves the API over plain HTTP, which is for this machine only.
 *
 * @returns the server, once it listens
 * @throws OrcaError `invalid` for an address off loopback, `conflict` if it is taken, `forbidden` if this user may not have
 * it, `unavailable` if it cannot be listened on for another reason
 */
export async function listen(
  handler: RequestListener,
  { host, port }: Address,
  { connections = CONNECTIONS, upgrades }: ServerOptions = {},
): Promise<Server> {
  if (!isLoopback(host)) throw offLoopback(host);
  const server = httpServer(handler, { connections, upgrades });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen({ host, port }, cause)));
    server.listen({ host, port, exclusive: true }, resolve);
  });
  return server;
}

export interface ServerOptions {
  readonly connections?: number | undefined;
  /** None by default: requests for a WebSocket are ordinary ones then. */
  readonly upgrades?: Upgrades | undefined;
}

/** With every bound that the API has, wherever it listens. */
export function httpServer(
  handler: RequestListener,
  { connections = CONNECTIONS, upgrades }: ServerOptions = {},
): Server {
  const server = createServer({
    maxHeaderSize: HEAD_BYTES,
    headersTimeout: HEAD_TIME,
    requestTimeout: REQUEST_TIME,
    keepAliveTimeout: KEEP_ALIVE,
    connectionsCheckingInterval: CHECKED,
    shouldUpgradeCallback: (request) => upgrades?.accepts(request) === true,
    requireHostHeader: false, // where it is missing, an answer with a body says so
  });
  const isBusy = inTurn(server, handler);
  limitConnections(server, connections);
  upgrades?.serve(server, handler, isBusy);
  answerUnreadable(server);
  return server;
}

/** Ends the answers that still run within `grace` ms, then cuts them. */
export function stopListening(server: Server, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), grace);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) === 4) return bare.startsWith('127.');
  return bare === '::1' || bare === 'localhost';
}

const offLoopback = (host: string): OrcaError =>
  new OrcaError('invalid', `the API does not listen on ${host}: without TLS it is for this machine only`, {
    hint: 'use --api 127.0.0.1:6880, and reach it from afar through a tunnel: ssh -L 6880:127.0.0.1:6880 user@host',
  });

function cannotListen({ host, port }: Address, cause: NodeJS.ErrnoException): OrcaError {
  const { code = cause.message } = cause;
  const [kind, hint] = REASONS[code] ?? ['unavailable'];
  return new OrcaError(kind, `the API cannot listen on ${host}:${port}: ${code}`, { cause, hint: hint?.(port) });
}

const REASONS: Readonly<Record<string, readonly [ErrorCode, (port: number) => string]>> = {
  EADDRINUSE: ['conflict', (port) => `stop what listens there${named(port)}, or choose another address with --api`],
  EACCES: ['forbidden', () => 'without root choose a port from 1024 on, with --api'],
};

/** Docker listens for a container that publishes a port. */
function named(port: number): string {
  const holder = holderOf(port);
  if (holder === undefined) return '';
  return holder.startsWith('docker-proxy ')
    ? ` (${holder}; \`docker ps --filter publish=${port}\` names the container)`
    : ` (${holder})`;
}
