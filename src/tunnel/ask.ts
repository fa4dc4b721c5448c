import type { ClientHttp2Session } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodePath } from '../core/nodes/wire.ts';
import { readBounded } from './read-bounded.ts';

/** Of a call, ms; of its answer, bytes. */
const [LIMIT, MOST] = [10_000, 64 * 1024];

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: NodePath;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** For the answer, where it takes its time, ms. */
  readonly limit?: number | undefined;
}

export interface Answer {
  readonly status: number;
  /** Of what was JSON; undefined if nothing was said. */
  readonly body: unknown;
}

/** One call over an open connection. Rejects with a plain error that says what happened, as a clause. */
export async function ask(session: ClientHttp2Session, question: Question): Promise<Answer> {
  const { method, path, body, limit = LIMIT } = question;
  const stream = session.request({ ':method': method, ':path': path, 'content-type': 'application/json' });
  const { promise: status, resolve, reject } = Promise.withResolvers<number>();
  const over = new AbortController();
  stream.once('response', (headers) => resolve(headers[':status'] ?? 0));
  stream.on('error', reject);
  stream.once('close', () => reject(new Error('the connection was lost')));
  stream.end(body === undefined ? undefined : JSON.stringify(body));
  const late = delay(limit, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no answer to ${path} in ${limit / 1000} s`);
  });
  late.catch(() => undefined);
  try {
    // Read from the start: of a stream that is over before it is looked at nothing is left.
    const read = async ([found, text]: readonly [number, string]): Promise<Answer> => {
      if (stream.rstCode !== 0) throw new Error('the connection was lost');
      return { status: found, body: text === '' ? undefined : parse(text, path) };
    };
    return await Promise.race([Promise.all([status, readBounded(stream, MOST)]).then(read), late]);
  } finally {
    over.abort();
    stream.destroy();
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the answer to ${path} is no JSON`);
  }
}
