import type { Readable } from 'node:stream';

/** Of what a process writes to standard error, the last so many bytes are kept. */
const MOST = 4096;

/** Reads on for as long as there is something, so that nobody waits for it; returns what tells the last of it. */
export function lastWords(stream: Readable | null): () => string {
  let held = Buffer.alloc(0);
  stream?.on('data', (chunk: Buffer) => {
    held = Buffer.from(Buffer.concat([held, chunk]).subarray(-MOST));
  });
  stream?.on('error', () => {});
  return () => held.toString('utf8');
}
