import { closeSync, openSync, write, writeSync } from 'node:fs';

/**
 * Lines of requests, one JSON object each, appended in batches. Several workers append to the same file.
 * A file that cannot be opened is tried again with each batch, and never a reason to serve nobody.
 */
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
  /** At most every `tellEvery` ms. */
  readonly onLost: (count: number) => void;
  readonly tellEvery?: number;
  /** Once when the file cannot be opened, and why; undefined once it is open again. */
  readonly onTrouble: (error: string | undefined) => void;
}

export function createAccessLog(options: Options): AccessLog {
  const { path, limit = 1_048_576, delay = 100, onLost, tellEvery = 10_000, onTrouble } = options;
  let file: number | undefined;
  let trouble: string | undefined;
  let waiting: string[] = [];
  let size = 0;
  let lost = 0;
  let writing = false;
  /** The file that is open is not the one at `path` any more. */
  let stale = false;
  let timer: NodeJS.Timeout | undefined;
  let told: NodeJS.Timeout | undefined;

  const take = (): Buffer => {
    const batch = Buffer.from(waiting.join(''));
    waiting = [];
    size = 0;
    return batch;
  };

  /** Until the new file is open the old one takes the lines: that it has another name now loses none. */
  const renew = (): void => {
    const opened = tryToOpen();
    if (opened === undefined) return;
    if (file !== undefined) closeSync(file);
    file = opened;
    stale = false;
  };

  const tryToOpen = (): number | undefined => {
    try {
      const opened = openSync(path, 'a', 0o640);
      note(undefined);
      return opened;
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
    timer = undefined;
    if (writing || waiting.length === 0) return;
    if (file === undefined) renew();
    const lines = waiting.length / 2; // Each is followed by its end.
    const batch = take();
    if (file === undefined) lose(lines);
    else append(file, batch, lines);
  };

  const append = (to: number, batch: Buffer, lines: number): void => {
    writing = true;
    write(to, batch, (error) => {
      writing = false;
      if (stale) renew();
      lose(error ? lines : 0);
      if (waiting.length > 0) schedule();
    });
  };

  const schedule = (): void => {
    timer ??= setTimeout(flush, delay);
  };

  const lose = (lines: number): void => {
    lost += lines;
    tellLost();
  };

  /** The first at once, later ones together: whoever listens writes to a disk that may be full. */
  const tellLost = (): void => {
    if (lost === 0 || told) return;
    onLost(lost);
    lost = 0;
    told = setTimeout(() => {
      told = undefined;
      tellLost();
    }, tellEvery).unref();
  };

  renew();
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
      stale = true;
      if (!writing) renew(); // Else after the batch that is being written.
    },
    close() {
      clearTimeout(timer);
      clearTimeout(told);
      if (file === undefined) return;
      try {
        writeSync(file, take());
      } catch {
        // A full disk must not keep the worker from ending.
      }
      closeSync(file);
    },
  };
}
