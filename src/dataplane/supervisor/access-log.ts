import { closeSync, fstatSync, write } from 'node:fs';
import type { Readable } from 'node:stream';
import { openLogFile } from '../../telemetry/log-file.ts';
import { createLineGate } from './line-gate.ts';

/**
 * The one access log of a data plane: what its workers send over their pipes, whole lines only. No worker has the file, so
 * none can change what is in it. A file that cannot be opened is tried again with each batch.
 */
export interface AccessLog {
  /** Until it ends. A stream waits while the disk is behind; a worker drops what it cannot send then. */
  follow(lines: Readable): void;
  /** Opens it; after the file was renamed, a new one. */
  open(): void;
  /** Resolves when what the workers sent is written, after a second at most. They have ended. */
  close(): Promise<void>;
}

interface Options {
  readonly path: string;
  /** Bytes that may wait. */
  readonly limit?: number;
  /** Bytes that a file may come to: what is more is lost, until `open` is called after a rotation. */
  readonly most?: number;
  readonly onLost: (count: number) => void;
  /** Once when the file cannot be opened, and why; undefined once it is open again. */
  readonly onTrouble: (error: string | undefined) => void;
  /** Something lay in its place and was taken away. */
  readonly onFound: (found: string) => void;
}

const CLOSE_WITHIN = 1000;
/** A rotation comes within a second: what is written by then is what a worker can fill the disk with, times the files kept. */
const MOST = 64 * 1024 * 1024;

export function createAccessLog(options: Options): AccessLog {
  const { path, limit = 1_048_576, most = MOST, onLost, onTrouble, onFound } = options;
  const streams = new Set<Readable>();
  let file: number | undefined;
  let trouble: string | undefined;
  let waiting: Buffer[] = [];
  let size = 0;
  let writing = false;
  /** The file that is open is not the one at `path` any more. */
  let stale = false;
  let idle = (): void => {};
  /** To this file, by this process: its size, unless somebody emptied it. */
  let written = 0;

  const isFull = (open: number, more: number): boolean => {
    if (written + more <= most) return false;
    written = fstatSync(open).size;
    return written + more > most;
  };

  /** Until the new file is open the old one takes the lines: that it has another name now loses none. */
  const renew = (): void => {
    const opened = tryToOpen();
    if (opened === undefined) return;
    if (file !== undefined) closeSync(file);
    file = opened;
    written = 0;
    stale = false;
  };

  const tryToOpen = (): number | undefined => {
    try {
      const opened = openLogFile(path, 0o640);
      if (opened.found !== undefined) onFound(opened.found);
      note(undefined);
      return opened.file;
    } catch (error) {
      note((error as Error).message);
      return undefined;
    }
  };

  const note = (error: string | undefined): void => {
    if ((error === undefined) !== (trouble === undefined)) onTrouble(error);
    trouble = error;
  };

  const flush = (): void => {
    if (writing) return;
    if (stale || file === undefined) renew();
    const batch = take();
    if (batch.length === 0) idle();
    else if (file === undefined || isFull(file, batch.length)) onLost(linesIn(batch));
    else append(file, batch);
    for (const stream of streams) stream.resume();
  };

  const take = (): Buffer => {
    const batch = Buffer.concat(waiting);
    waiting = [];
    size = 0;
    return batch;
  };

  const append = (to: number, batch: Buffer): void => {
    writing = true;
    write(to, batch, (error, done) => {
      const rest = batch.subarray(error ? 0 : done);
      written += batch.length - rest.length;
      if (!error && rest.length > 0) {
        append(to, rest);
        return;
      }
      if (error) onLost(linesIn(rest));
      writing = false;
      flush();
    });
  };

  return {
    follow(lines) {
      streams.add(lines);
      const gate = createLineGate(limit, onLost);
      lines.on('data', (chunk: Buffer) => {
        const whole = gate.push(chunk);
        waiting.push(...whole);
        for (const part of whole) size += part.length;
        if (size > limit) lines.pause();
        flush();
      });
      lines.on('error', () => {});
      lines.once('close', () => {
        streams.delete(lines);
        if (!writing) idle();
      });
    },
    open() {
      stale = true;
      flush(); // Or after the batch that is being written.
    },
    async close() {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, CLOSE_WITHIN);
        idle = () => {
          if (writing || streams.size > 0) return;
          clearTimeout(late);
          resolve();
        };
        idle();
      });
      if (file !== undefined && !writing) closeSync(file);
      file = undefined;
    },
  };
}

const NEWLINE = 10;

function linesIn(batch: Buffer): number {
  let count = 0;
  for (let at = batch.indexOf(NEWLINE); at >= 0; at = batch.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
