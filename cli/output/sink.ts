import { OrcaError } from '../../src/core/errors.ts';
import type { Stream } from './output.ts';

/** A stream of this process that may be lost: whoever reads it stops reading (`orca ps | head -1`), or its disk is full. */
export interface Sink extends Stream {
  /** Why it takes nothing any more. */
  lost(): NodeJS.ErrnoException | undefined;
}

type Source = Stream & {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  emit(event: 'drain'): unknown;
};

/** Drops what is written once the stream is lost. @param onLost told the first time */
export function createSink(stream: Source, onLost: (error: NodeJS.ErrnoException) => void): Sink {
  let lost: NodeJS.ErrnoException | undefined;
  stream.on('error', (error) => {
    const first = lost === undefined;
    lost ??= error;
    // Nothing drains any more; whoever waits for it would wait for ever.
    stream.emit('drain');
    if (first) onLost(error);
  });
  return {
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    write: (text) => lost !== undefined || stream.write(text),
    once: (event, listener) => stream.once(event, listener),
    lost: () => lost,
  };
}

/** Nobody reads any more: no failure of ours. A socket says it in the other way. */
export const isUnread = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE' || code === 'ECONNRESET';

/** The reason of what has no end of its own and ends because nobody reads it. */
export class Unread extends Error {
  override readonly name = 'Unread';
}

export const unwritten = (cause: NodeJS.ErrnoException): OrcaError =>
  new OrcaError('unavailable', `the output could not be written: ${WHY[cause.code ?? ''] ?? cause.message}`, {
    cause,
    hint: 'what was done is done: look with `orca status`',
  });

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left',
  EDQUOT: 'no space is left for this user',
};
