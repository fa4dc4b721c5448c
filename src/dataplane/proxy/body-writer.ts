import type { Socket } from 'node:net';
import type { BodyReader } from './http1/body-reader.ts';

/** Below this a part is written as one string: one system call, nothing to keep alive. */
const SMALL = 4096;

/**
 * Writes what a reader has just read, in chunks of the proxy's own where the body is sent chunked.
 * @returns false when the socket wants no more for now
 */
export function writeBody(socket: Socket, body: BodyReader, chunked: boolean): boolean {
  if (!chunked) return body.size === 0 || writePieces(socket, body, '', '');
  const before = body.size === 0 ? '' : `${body.size.toString(16)}\r\n`;
  const after = `${body.size === 0 ? '' : '\r\n'}${body.done ? `0\r\n${body.trailers}\r\n` : ''}`;
  return before === '' && after === '' ? true : writePieces(socket, body, before, after);
}

function writePieces(socket: Socket, { pieces, size }: BodyReader, before: string, after: string): boolean {
  if (size <= SMALL)
    return socket.write(before + pieces.map((piece) => piece.toString('latin1')).join('') + after, 'latin1');
  socket.cork();
  if (before !== '') socket.write(before, 'latin1');
  for (const piece of pieces) socket.write(piece);
  if (after !== '') socket.write(after, 'latin1');
  socket.uncork();
  return !socket.writableNeedDrain;
}
