import { OrcaError } from '../core/errors.ts';

/** What dockerode rejects with: an HTTP answer other than a success, or a system error. */
interface Raw {
  readonly message: string;
  readonly code?: string;
  readonly statusCode?: number;
  readonly json?: { readonly message?: string } | null;
}

/** The HTTP status Docker answered with, of an error made by `toOrcaError`. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof OrcaError ? (error.cause as Raw | undefined)?.statusCode : undefined;

/** True for a connection that broke: the call may have had its effect, and can be repeated as nearly all of orca's calls can. */
export const isReset = (error: unknown): boolean =>
  RESET.has(((error instanceof OrcaError ? error.cause : error) as Raw | undefined)?.code ?? '');

/** True if nobody is there to answer: what was asked for has nothing to do with it. */
export const isAway = (error: OrcaError): boolean => AWAY.has((error.cause as Raw | undefined)?.code ?? '');

/**
 * @param what the call as a sentence's end, e.g. `start container "web-1-x"`
 * @param url of the engine
 */
export function toOrcaError(what: string, url: string, error: unknown): OrcaError {
  if (error instanceof OrcaError) return error;
  const raw = error as Raw;
  if (raw.statusCode !== undefined) return refused(what, raw, raw.statusCode);
  const [message, hint] = unreachable(url, raw);
  return new OrcaError('unavailable', message, { cause: error, hint });
}

const AWAY = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'EPERM', 'ENOTCONN']);
const RESET = new Set(['ECONNRESET', 'EPIPE']);

function unreachable(url: string, { code, message }: Raw): [message: string, hint: string] {
  if (code === 'EACCES' || code === 'EPERM') {
    return [`no permission to talk to docker at ${url}`, 'run orca as root, or as a user of the group docker'];
  }
  if (isReset({ code })) return [`docker at ${url} closed the connection`, 'it may be restarting; orca tries again'];
  const detail = code === 'ENOENT' || code === 'ECONNREFUSED' ? '' : ` (${message})`;
  return [
    `docker does not answer at ${url}: is it running?${detail}`,
    'start docker, or name its socket with --docker',
  ];
}

function refused(what: string, raw: Raw, status: number): OrcaError {
  const said = plain(raw.json?.message ?? raw.message);
  const [code, hint] = judge(status, said);
  return new OrcaError(code, `docker cannot ${what}: ${said}`, { cause: raw, hint });
}

/** First match wins: what Docker says is surer than its status, which is 500 for much that is the user's to mend. */
function judge(status: number, said: string): [code: OrcaError['code'], hint?: string] {
  if (/port is already allocated|bind: address already in use/i.test(said)) {
    return ['unplaceable', 'free the port on the host, or publish another one'];
  }
  if (/address already in use/i.test(said)) return ['conflict', 'another container has this address on the network'];
  if (/(rootfs|volume) is marked read-only/i.test(said)) {
    return ['conflict', 'copy to a volume that can be written, or deploy without `read_only`'];
  }
  if (/no space left on device/i.test(said)) return ['unavailable', 'free disk space on the docker host'];
  if (status === 404) return ['not_found'];
  if (status === 403 || status === 409) return ['conflict'];
  if (status === 503) return ['unavailable'];
  return ['invalid'];
}

/** One line, bounded. */
const plain = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 500);
