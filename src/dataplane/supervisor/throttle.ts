/** Calls `act` at once, then at most every `every` ms; a call that comes too soon is made up for. */
export interface Throttle {
  call(): void;
  /** Now, whatever was before. */
  now(): void;
  cancel(): void;
}

export function createThrottle(act: () => void, every: number): Throttle {
  let timer: NodeJS.Timeout | undefined;
  let owed = false;

  const run = (): void => {
    owed = false;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      if (owed) run();
    }, every);
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
