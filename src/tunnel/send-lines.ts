import type { ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Lines } from './node-calls.ts';

/** Of text written at once, characters: a frame for each line takes longer than all else. */
const BATCH = 32 * 1024;

/**
 * Answers with a line of JSON for each, no faster than the master reads. What fails before the first line is thrown, so that it can be
 * refused in words; after that the stream breaks, and the master sees that it is not whole.
 */
export async function sendLines(stream: ServerHttp2Stream, lines: Lines): Promise<void> {
  const batches = inBatches(lines);
  const first = await batches.next();
  if (stream.destroyed || stream.headersSent) return void (await batches.return(undefined));
  stream.respond({ ':status': 200, 'content-type': 'application/x-ndjson' });
  if (first.done === true) return void stream.end();
  await pipeline(Readable.from(after(first.value, batches)), stream).catch(() => undefined);
}

async function* after(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

async function* inBatches(lines: Lines): AsyncGenerator<string, undefined> {
  let batch = '';
  for await (const line of lines) {
    batch += `${JSON.stringify(line)}\n`;
    if (batch.length < BATCH) continue;
    yield batch;
    batch = '';
  }
  if (batch !== '') yield batch;
  return undefined;
}
