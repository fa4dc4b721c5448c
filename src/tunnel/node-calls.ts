import type { ServerHttp2Stream } from 'node:http2';
import type { NodeAnswers } from './dialer-options.ts';
import { readBounded } from './read-bounded.ts';
import { Refusal } from './refusal.ts';
import {
  isGivenEdge,
  isKeepLog,
  isNewCertificate,
  isNodeCheck,
  isNodeSignal,
  isReadLog,
  isRemoveLog,
} from './shapes.ts';

/** What is sent one line of JSON after the other, as far as the master reads. */
export type Lines = AsyncIterable<unknown>;

/** What comes of a call: one document, or lines. */
type Outcome = Promise<unknown> | Lines;

type Call = (answer: NodeAnswers, stream: ServerHttp2Stream) => Promise<{ readonly outcome: Outcome }>;

/** Of a body, bytes. */
const MOST = 64 * 1024;

export const isLines = (outcome: unknown): outcome is Lines =>
  typeof outcome === 'object' && outcome !== null && Symbol.asyncIterator in outcome;

/** Calls that bring nothing. */
const plain =
  (run: (answer: NodeAnswers) => Outcome): Call =>
  async (answer) => ({ outcome: run(answer) });

/** Calls that bring something, which is looked at first. */
const taking =
  <T>(isIt: (body: unknown) => body is T, what: string, run: (answer: NodeAnswers, body: T) => Outcome): Call =>
  async (answer, stream) => {
    const body = await bodyOf(stream);
    if (!isIt(body)) throw new Refusal(400, `${what} cannot be read`);
    return { outcome: run(answer, body) };
  };

/** All that a master may ask once it has said hello, by method and path. */
export const CALLS: ReadonlyMap<string, Call> = new Map([
  ['GET /status', plain((answer) => answer.status())],
  ['POST /checked', taking(isNodeCheck, 'what came of the check', (answer, check) => answer.checked(check))],
  ['POST /certificate/request', plain((answer) => answer.certificateRequest())],
  ['PUT /certificate', taking(isNewCertificate, 'the certificate', (answer, given) => answer.certificate(given))],
  ['PUT /edge', taking(isGivenEdge, 'the edge network', (answer, given) => answer.edge(given))],
  ['GET /subnets', plain((answer) => answer.subnets())],
  ['POST /signal', taking(isNodeSignal, 'the signal', (answer, wish) => answer.signal(wish))],
  ['GET /logs', plain((answer) => each(answer.listLogs()))],
  ['POST /logs/keep', taking(isKeepLog, 'the log to keep', (answer, wish) => answer.keepLog(wish))],
  ['POST /logs/read', taking(isReadLog, 'the log to read', (answer, query) => records(answer.readLog(query)))],
  ['POST /logs/remove', taking(isRemoveLog, 'the log to remove', (answer, { task }) => answer.removeLog(task))],
]);

async function* each(found: Promise<readonly unknown[]>): Lines {
  yield* await found;
}

async function* records(lines: ReturnType<NodeAnswers['readLog']>): Lines {
  for await (const { at, stream, text } of lines) yield [at, stream, text];
}

/** @throws Refusal for what is too long, or no JSON */
export async function bodyOf(stream: ServerHttp2Stream): Promise<unknown> {
  const text = await readBounded(stream, MOST).catch((error: Error) => {
    throw new Refusal(413, error.message);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is no JSON');
  }
}
