import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { parseAuthority } from '../../core/route/host.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { IsTrusted } from './trusted-proxies.ts';

const MAX_HOPS = 32;

/** Who is at the other end of a client connection, and what targets are told of it. */
export interface Peer {
  readonly address: string;
  readonly trusted: boolean;
  readonly port: string;
  readonly scheme: 'http' | 'https';
  /** The lines that are the same for every request of this connection. */
  readonly lines: string;
}

export function peerOf(socket: Socket, isTrusted: IsTrusted): Peer {
  const address = plainAddress(socket.remoteAddress ?? '');
  const scheme = 'encrypted' in socket ? 'https' : 'http';
  const port = String(socket.localPort ?? '');
  return { address, trusted: isTrusted(address), port, scheme, lines: forwardedLines(address, address, scheme, port) };
}

/** What a request says of its client, and what its target is told. */
export interface Client {
  readonly address: string;
  /** `X-Forwarded-For -Proto -Port -Host` and `X-Real-IP`, each with its CRLF. */
  readonly lines: string;
}

/**
 * The peer's own word counts only from a trusted address: there `X-Forwarded-For` is continued, and the others are
 * kept where they make sense. From everyone else all of it is said anew.
 * @param authority the request's own host and port
 */
export function clientOf(peer: Peer, head: RequestHead, authority: string): Client {
  if (!peer.trusted) return { address: peer.address, lines: `${peer.lines}X-Forwarded-Host: ${authority}\r\n` };
  const hops = readHops(head.forwardedFor);
  const address = hops.at(-1) ?? peer.address;
  const scheme = /^https?$/.test(head.forwardedProto) ? head.forwardedProto : peer.scheme;
  const port = /^[0-9]{1,5}$/.test(head.forwardedPort) ? head.forwardedPort : peer.port;
  const host = parseAuthority(head.forwardedHost) === undefined ? authority : head.forwardedHost.toLowerCase();
  const lines = forwardedLines([...hops, peer.address].join(', '), address, scheme, port);
  return { address, lines: `${lines}X-Forwarded-Host: ${host}\r\n` };
}

/** A list with anything but addresses in it says nothing. */
function readHops(list: string): readonly string[] {
  if (list === '') return [];
  const hops = list.split(',', MAX_HOPS + 1).map((hop) => plainAddress(hop.trim()));
  return hops.length <= MAX_HOPS && hops.every((hop) => isIP(hop) !== 0) ? hops : [];
}

const forwardedLines = (hops: string, address: string, scheme: string, port: string): string =>
  `X-Forwarded-For: ${hops}\r\nX-Real-IP: ${address}\r\nX-Forwarded-Proto: ${scheme}\r\nX-Forwarded-Port: ${port}\r\n`;

/** IPv4 addresses of a dual-stack socket look like `::ffff:192.0.2.1`. */
export const plainAddress = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address);
