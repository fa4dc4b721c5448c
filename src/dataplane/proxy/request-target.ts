import { parseAuthority } from '../../core/route/host.ts';
import { normalisePath } from '../../core/route/path.ts';
import { FAULTS, type Fault } from './http1/fault.ts';
import type { RequestHead } from './http1/request-head.ts';

/** Where a request wants to go, in the one spelling it is routed and forwarded by. */
export interface RequestTarget {
  readonly host: string;
  /** Host and port, as forwarded. */
  readonly authority: string;
  readonly path: string;
  /** It is about the whole server: routed by the path `/`. */
  readonly asterisk: boolean;
  /** With its `?`, or ''. */
  readonly query: string;
}

const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;

/**
 * Reads the request target (RFC 9112 section 3.2) in origin-form, in absolute-form, which must name the same host as
 * the Host header, or the `*` of an OPTIONS.
 */
export function readTarget(head: RequestHead): RequestTarget | Fault {
  if (head.host === undefined) return FAULTS.hostMissing;
  const authority = parseAuthority(head.host);
  if (authority === undefined) return FAULTS.host;
  if (head.target.charCodeAt(0) === 0x2f) return withPath(authority.host, authority.port, head.target);
  if (head.target === '*' && head.method === 'OPTIONS') return { ...authorityOf(authority), ...WHOLE };
  const absolute = ABSOLUTE.exec(head.target);
  if (absolute === null) return FAULTS.target;
  const named = parseAuthority(absolute[1] ?? '');
  if (named === undefined) return FAULTS.target;
  if (named.host !== authority.host || named.port !== authority.port) return FAULTS.hostMismatch;
  const rest = absolute[2] ?? '';
  return withPath(named.host, named.port, rest.startsWith('/') ? rest : `/${rest}`);
}

function withPath(host: string, port: string, target: string): RequestTarget | Fault {
  const mark = target.indexOf('?');
  const path = normalisePath(mark < 0 ? target : target.slice(0, mark));
  const query = mark < 0 ? '' : target.slice(mark);
  if (path === undefined || query.includes('#')) return FAULTS.target;
  return { ...authorityOf({ host, port }), path, query, asterisk: false };
}

const WHOLE = { path: '/', query: '', asterisk: true } as const;

const authorityOf = ({ host, port }: { readonly host: string; readonly port: string }) => ({
  host,
  authority: port === '' ? host : `${host}:${port}`,
});
