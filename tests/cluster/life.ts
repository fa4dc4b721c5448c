/** Of one process. What it does is done through it: once it has ended, nothing has any effect, and nothing is answered. */
export interface Life {
  readonly signal: AbortSignal;
  /** What it has done so far, in order. */
  readonly deeds: readonly string[];
  /** Something that others may see. It may end before or after it. */
  deed<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** Something that only it learns of. */
  look<T>(work: () => Promise<T>): Promise<T>;
  /** Ends, or is stopped like a process by SIGSTOP, at a deed to come: before it is done, or without its answer. The next one is 1. */
  stopAt(deed: number, when: When, how: 'ended' | 'paused'): void;
  isPaused(): boolean;
  /** It goes on where it was paused. */
  resume(): void;
  end(): void;
}

export type When = 'before' | 'after';

/** @param onEnd may be called in the middle of anything */
export function createLife(onEnd: () => void): Life {
  const ending = new AbortController();
  const deeds: string[] = [];
  let stop: { readonly deed: number; readonly when: When; readonly how: 'ended' | 'paused' } | undefined;
  let pause: PromiseWithResolvers<void> | undefined;
  const never = <T>() => new Promise<T>(() => {});
  const { signal } = ending;

  const end = () => {
    if (signal.aborted) return;
    ending.abort();
    onEnd();
  };

  const stopHere = (deed: number, when: When) => {
    if (stop?.deed !== deed || stop.when !== when) return;
    if (stop.how === 'ended') end();
    else pause = Promise.withResolvers();
  };

  /** Whatever comes is only heard by one that lives, and runs. */
  const hears = async () => {
    while (pause) await pause.promise;
    if (signal.aborted) await never();
  };

  const look = async <T>(work: () => Promise<T>): Promise<T> => {
    await hears();
    try {
      return await work();
    } finally {
      await hears();
    }
  };

  return {
    signal,
    deeds,
    look,
    deed: (what, work) =>
      look(async () => {
        const deed = deeds.push(what);
        stopHere(deed, 'before');
        await hears();
        const found = await work();
        stopHere(deed, 'after');
        return found;
      }),
    stopAt: (deed, when, how) => {
      stop = { deed: deeds.length + deed, when, how };
    },
    isPaused: () => pause !== undefined,
    resume: () => {
      pause?.resolve();
      pause = undefined;
    },
    end,
  };
}
