import { fstat, read } from 'node:fs';
import { promisify } from 'node:util';

const CHUNK = 64 * 1024;
const LF = 10;

/** The lines of an open file, the last one first, however large it is. A last one without an end is not whole, and left out. */
export async function* linesBackwards(file: number): AsyncGenerator<string, void, undefined> {
  let at = (await promisify(fstat)(file)).size;
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = true;
  while (at > 0) {
    const begin = Math.max(0, at - CHUNK);
    const block = Buffer.concat([await readAt(file, begin, at - begin), rest]);
    const ends = newlinesOf(block);
    for (let n = ends.length - 1; n >= 0; n -= 1) {
      const line = block.subarray((ends[n] ?? 0) + 1, ends[n + 1]);
      if (!isFirst && line.length > 0) yield line.toString();
      isFirst = false;
    }
    rest = block.subarray(0, ends[0]);
    at = begin;
  }
  if (!isFirst && rest.length > 0) yield rest.toString();
}

async function readAt(file: number, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await promisify(read)(file, buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function newlinesOf(block: Buffer): readonly number[] {
  const found: number[] = [];
  for (let at = block.indexOf(LF); at >= 0; at = block.indexOf(LF, at + 1)) found.push(at);
  return found;
}
