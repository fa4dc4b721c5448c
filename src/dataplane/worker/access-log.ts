import type { Writable } from 'node:stream';

/**
 * Lines of requests, one JSON object each, sent in batches to the supervisor, who has the file. One batch is under way at a
 * time; where the disk is behind, lines wait here up to a limit, and nobody waits for them.
 */
export interface AccessLog {
  write(line: string): void;
  /** Resolves when what waits is sent, after a moment at most: a full disk must not keep the worker from ending. */
  close(): Promise<void>;
}

interface Options {
  readonly to: Writable;
  /** Characters that may wait; lines past it are dropped and counted. */
  readonly limit?: number;
  /** How long a line may wait, ms. */
  readonly delay?: number;
  /** At most every `tellEvery` ms. */
  readonly onLost: (count: number) => void;
  readonly tellEvery?: number;
}

const CLOSE_WITHIN = 500;

export function createAccessLog(options: Options): AccessLog {
  const { to, limit = 1_048_576, delay = 100, onLost, tellEvery = 10_000 } = options;
  let waiting: string[] = [];
  let size = 0;
  let lost = 0;
  let writing = false;
  let timer: NodeJS.Timeout | undefined;
  let told: NodeJS.Timeout | undefined;

  const take = (): Buffer => {
    const batch = Buffer.from(waiting.join(''));
    waiting = [];
    size = 0;
    return batch;
  };

  const flush = (): void => {
    timer = undefined;
    if (writing || waiting.length === 0) return;
    const lines = waiting.length / 2; // Each is followed by its end.
    writing = true;
    to.write(take(), (error) => {
      writing = false;
      lost += error ? lines : 0;
      tellLost();
      if (waiting.length > 0) schedule();
    });
  };

  const schedule = (): void => {
    timer ??= setTimeout(flush, delay);
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

  to.on('error', () => {}); // The supervisor is gone, and this process soon as well.
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
    close() {
      clearTimeout(timer);
      clearTimeout(told);
      return new Promise((resolve) => {
        const late = setTimeout(resolve, CLOSE_WITHIN);
        to.once('close', resolve);
        to.end(take(), () => {
          clearTimeout(late);
          resolve();
        });
      });
    },
  };
}
