import type { Readable } from 'node:stream';

/** All that comes, as text. Rejects if it is more than `most` bytes, or breaks; the stream stays open. */
export async function readBounded(stream: Readable, most: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > most) throw new Error(`more than ${most} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** What comes until the first line feed, without it; the stream stays open. Rejects if that is more than `most` bytes, or the end comes first. */
export async function readLine(stream: Readable, most: number): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    const end = piece.indexOf(10);
    const part = end < 0 ? piece : piece.subarray(0, end);
    size += part.length;
    if (size > most) throw new Error(`more than ${most} bytes`);
    pieces.push(part);
    if (end < 0) continue;
    if (end + 1 < piece.length) stream.unshift(piece.subarray(end + 1));
    return Buffer.concat(pieces).toString();
  }
  throw new Error('the connection ended in the middle of a line');
}
