export interface Authority {
  /** Lower case, without port and trailing dot. IPv6 literals keep their brackets. */
  readonly host: string;
  /** As written, 1-65535; empty where none is given. */
  readonly port: string;
}

const NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
const IPV6 = /^\[[0-9a-f:.]+\]$/;
const PORT = /^[0-9]{1,5}$/;
const MAX_HOST = 253;

/**
 * Reads `host[:port]` (RFC 9110 section 7.2) into the one spelling that routes are matched by. User information,
 * empty names, empty labels, percent escapes and anything else a host name cannot have give undefined.
 */
export function parseAuthority(text: string): Authority | undefined {
  const colon = text.indexOf(':', text.lastIndexOf(']') + 1);
  const host = withoutTrailingDot((colon < 0 ? text : text.slice(0, colon)).toLowerCase());
  const port = colon < 0 ? '' : text.slice(colon + 1);
  if (colon >= 0 && !isPort(port)) return undefined;
  return isHost(host) ? { host, port } : undefined;
}

const withoutTrailingDot = (host: string): string => (host.endsWith('.') ? host.slice(0, -1) : host);
const isHost = (host: string): boolean => host.length <= MAX_HOST && (NAME.test(host) || IPV6.test(host));
const isPort = (port: string): boolean => PORT.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
