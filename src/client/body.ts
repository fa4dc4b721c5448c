import type { IncomingMessage } from 'node:http';
import type { Call } from './call.ts';
import { answerError, connectionError, lostError, notOrca } from './faults.ts';

/** The largest JSON answer read, bytes. */
const LARGEST = 64 * 1024 * 1024;
/** The longest line of a stream, characters; a longer one is handed on in pieces. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Where an answer comes from, for its errors. */
export interface Origin {
  readonly api: string;
  /** Aborted: reading rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly call: Call;
}

/**
 * The answer's JSON. Not held to the schema here (the server made it from the same one, and this keeps the schema
 * library out of every command's start); a contract test holds both sides.
 * @param accepts whether a body of 400 and above is an answer rather than an error
 */
export async function readJson<T>(
  answer: IncomingMessage,
  origin: Origin,
  accepts: (value: unknown) => boolean = () => false,
): Promise<T> {
  const text = await readText(answer, origin);
  const status = answer.statusCode ?? 0;
  const value = parse(text);
  if (status >= 400 && !accepts(value)) throw answerError(origin.api, status, text);
  if (status >= 300 && status < 400) throw notOrca(origin.api);
  if (value === undefined) throw notOrca(origin.api);
  return value as T;
}

/** @throws OrcaError when the answer is one of 400 and above */
export async function refuseErrors(answer: IncomingMessage, origin: Origin): Promise<void> {
  const status = answer.statusCode ?? 0;
  if (status >= 400) throw answerError(origin.api, status, await readText(answer, origin));
  if (status >= 300) throw notOrca(origin.api);
}

/** The body's lines as they come, without their ends. @throws OrcaError `lost` when it is cut off */
export async function* readLines(answer: IncomingMessage, origin: Origin): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of readChunks(answer, origin)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    if (rest.length > LONGEST_LINE) {
      yield rest;
      rest = '';
    }
  }
  if (rest !== '') yield rest;
}

async function readText(answer: IncomingMessage, origin: Origin): Promise<string> {
  let text = '';
  for await (const chunk of readChunks(answer, origin)) {
    text += chunk;
    if (text.length > LARGEST) throw notOrca(origin.api);
  }
  return text;
}

async function* readChunks(
  answer: IncomingMessage,
  { api, call, signal }: Origin,
): AsyncGenerator<string, void, undefined> {
  answer.setEncoding('utf8');
  try {
    for await (const chunk of answer) yield chunk;
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(api, call, error as NodeJS.ErrnoException);
  }
  if (!answer.complete) throw lostError(api, call, 'cut off in the middle of the answer');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
