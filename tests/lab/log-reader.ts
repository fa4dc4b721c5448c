import { closeSync, openSync, readSync } from 'node:fs';

type Line = Readonly<Record<string, unknown>>;

/**
 * Gives all lines of JSON that a file has by now, of which it reads each once: tests look many times a second for a step
 * at which they kill. What is not JSON is left out.
 */
export function createLogReader(path: string): () => readonly Line[] {
  const lines: Line[] = [];
  const piece = Buffer.alloc(64 * 1024);
  let at = 0;
  let rest = Buffer.alloc(0);

  const take = (bytes: Buffer): void => {
    const end = bytes.lastIndexOf(10) + 1;
    for (const text of bytes.subarray(0, end).toString().split('\n')) {
      try {
        lines.push(JSON.parse(text) as Line);
      } catch {
        // a crash's own words
      }
    }
    rest = Buffer.from(bytes.subarray(end));
  };

  return () => {
    const file = openSync(path, 'r');
    try {
      for (let read = -1; read !== 0; at += read) {
        read = readSync(file, piece, 0, piece.length, at);
        take(Buffer.concat([rest, piece.subarray(0, read)]));
      }
    } finally {
      closeSync(file);
    }
    return [...lines];
  };
}
