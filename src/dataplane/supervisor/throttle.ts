/** Calls `act` at once, then at most every `every` ms; a call that comes too soon is made up for. */
export interface Throttle {
  call(): void;
  /** Now, whatever was before. */
  now(): void;
  cancel(): void;
}

/** @param every ms; asked for after each time if it may change */
export function createThrottle(act: () => void, every: number | (() => number)): Throttle {
  let timer: NodeJS.Timeout | undefined;
  let owed = false;

  const run = (): void => {
    owed = false;
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        timer = undefined;
        if (owed) run();
      },
      typeof every === 'number' ? every : every(),
    );
    act();
  };

  return {
    call() {
      if (timer) owed = true;
      else run();
    },
    now: run,
    cancel() {
      clearTimeout(timer);
      timer = undefined;
      owed = false;
    },
  };
}
