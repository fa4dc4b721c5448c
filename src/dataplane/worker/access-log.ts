import { closeSync, openSync, write, writeSync } from 'node:fs';

/** Lines of requests, one JSON object each, appended in batches. Several workers append to the same file. */
export interface AccessLog {
  write(line: string): void;
  /** After the file was renamed: goes on in a new one. */
  reopen(): void;
  /** Writes what waits, and closes. */
  close(): void;
}

interface Options {
  readonly path: string;
  /** Characters that may wait; lines past it are dropped and counted. */
  readonly limit?: number;
  /** How long a line may wait, ms. */
  readonly delay?: number;
  readonly onLost: (count: number) => void;
}

export function createAccessLog({ path, limit = 1_048_576, delay = 100, onLost }: Options): AccessLog {
  let file = openForAppend(path);
  let waiting: string[] = [];
  let size = 0;
  let lost = 0;
  let writing = false;
  let stale = false;
  let timer: NodeJS.Timeout | undefined;

  const take = (): Buffer => {
    const batch = Buffer.from(waiting.join(''));
    waiting = [];
    size = 0;
    return batch;
  };

  const renew = (): void => {
    stale = false;
    closeSync(file);
    file = openForAppend(path);
  };

  const flush = (): void => {
    timer = undefined;
    if (writing || waiting.length === 0) return;
    writing = true;
    const lines = waiting.length;
    write(file, take(), (error) => {
      writing = false;
      if (error) lost += lines;
      if (stale) renew();
      tellLost();
      if (waiting.length > 0) schedule();
    });
  };

  const schedule = (): void => {
    timer ??= setTimeout(flush, delay);
  };

  const tellLost = (): void => {
    if (lost === 0) return;
    onLost(lost);
    lost = 0;
  };

  return {
    write(line) {
      if (size + line.length >= limit) {
        lost += 1;
        return;
      }
      waiting.push(line, '\n');
      size += line.length + 1;
      schedule();
    },
    reopen() {
      if (writing) stale = true;
      else renew();
    },
    close() {
      clearTimeout(timer);
      try {
        writeSync(file, take());
      } catch {
        // A full disk must not keep the worker from ending.
      }
      closeSync(file);
    },
  };
}

const openForAppend = (path: string): number => openSync(path, 'a', 0o640);
