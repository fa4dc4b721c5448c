import type { Duplex } from 'node:stream';
import { createLineSplitter } from '../../core/route/lines.ts';

/** What a supervisor and one of its workers say to each other: a JSON document a line, over a socket that both were given. */
export interface Channel<Out> {
  send(message: Out): void;
  /** The other end has gone, or was sent away. */
  readonly isOpen: boolean;
  close(): void;
}

interface Ends {
  /** Longest line that is taken, bytes. */
  readonly limit: number;
  /** A line that is no JSON, or too long, is handed on as undefined. */
  readonly onMessage: (message: unknown) => void;
  readonly onClosed: () => void;
}

export function createChannel<Out>(socket: Duplex, { limit, onMessage, onClosed }: Ends): Channel<Out> {
  const splitter = createLineSplitter(limit);

  socket.on('data', (chunk: Buffer) => {
    const lines = splitter.push(chunk);
    if (lines === 'too-long') onMessage(undefined);
    else for (const line of lines) if (!socket.destroyed) onMessage(parse(line));
  });
  socket.on('error', () => {});
  socket.once('end', () => socket.destroy());
  socket.once('close', onClosed);

  return {
    send(message) {
      if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
    },
    get isOpen() {
      return socket.writable;
    },
    close: () => socket.destroy(),
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
