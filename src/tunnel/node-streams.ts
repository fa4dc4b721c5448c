import { Duplex } from 'node:stream';
import { OrcaError } from '../core/errors.ts';
import type { NodePath, NodeTarget } from '../core/nodes/wire.ts';
import { createLineSplitter } from '../core/route/lines.ts';
import { ByteStream } from './byte-stream.ts';
import type { Link } from './link.ts';
import { isNotFound, messageOf } from './shapes.ts';

/** Says that the node is away. @param because a clause */
export type Away = (because: string, cause?: unknown) => OrcaError;

export interface StreamsOf {
  readonly link: Link;
  /** The node as people know it. */
  readonly name: string;
  readonly away: Away;
}

/** A line that a node sends, at most, bytes: Docker cuts those of logs at 16 KiB, which JSON may write six times as long. */
const MAX_LINE = 1024 * 1024;

const TARGETS: Readonly<Record<NodeTarget, string>> = {
  docker: 'docker',
  ingress: 'data plane',
  relay: 'data plane, for requests',
};

/** A byte stream to a socket on the node, at once. */
export function openTarget(of: StreamsOf, target: NodeTarget): Duplex {
  const what = TARGETS[target];
  const inner = of.link.session.request({ ':method': 'CONNECT', ':authority': target }, { endStream: false });
  const refused = (said: unknown): OrcaError => {
    const [message, code] = [messageOf(said), codeOf(said)];
    return new OrcaError('unavailable', `node "${of.name}" does not reach its ${what}: ${message}`, {
      cause: Object.assign(new Error(message), { code }),
      hint: target === 'docker' ? 'look at docker on that machine' : undefined,
    });
  };
  return new ByteStream(inner, (said) => refused(parse(said)), brokenBy(of, `its ${what}`));
}

/** What a call answers with, as it comes. */
export function openCall(of: StreamsOf, method: 'GET' | 'POST', path: NodePath, body?: unknown): Duplex {
  const headers = { ':method': method, ':path': path, 'content-type': 'application/json' };
  const inner = of.link.session.request(headers, { endStream: false });
  const refused = (said: string): OrcaError => refusedCall(of.name, path, parse(said));
  const stream = new ByteStream(inner, refused, brokenBy(of, `${path}`));
  stream.end(body === undefined ? undefined : JSON.stringify(body));
  return stream;
}

/** Why a node did not do what it was asked. @param said its answer's body */
export const refusedCall = (name: string, path: NodePath, said: unknown): OrcaError =>
  new OrcaError(isNotFound(said) ? 'not_found' : 'unavailable', `node "${name}" refuses ${path}: ${messageOf(said)}`);

/** Each line of JSON that comes, checked; nothing is read ahead of the reader. @param nonsense what is thrown for anything else */
export async function* readLines<T>(
  stream: Duplex,
  isIt: (line: unknown) => line is T,
  nonsense: () => OrcaError,
): AsyncGenerator<T> {
  const splitter = createLineSplitter(MAX_LINE);
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    const lines = splitter.push(chunk);
    if (lines === 'too-long') throw nonsense();
    for (const text of lines) {
      const line = parse(text);
      if (!isIt(line)) throw nonsense();
      yield line;
    }
  }
}

/** What fails as soon as it is looked at. */
export const failed = (error: Error): Duplex => new Duplex({ read: () => undefined }).destroy(error);

export const isOver = ({ session }: Link): boolean => session.destroyed || session.closed;

const brokenBy =
  ({ link, name, away }: StreamsOf, what: string) =>
  (cause: unknown): OrcaError => {
    if (isOver(link)) return away(link.why() ?? 'the connection was lost', cause);
    return new OrcaError('unavailable', `node "${name}" lost the connection to ${what}`, {
      cause: Object.assign(new Error('reset', { cause }), { code: 'ECONNRESET' }),
    });
  };

const codeOf = (said: unknown): string | undefined => {
  const code = (said as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
