/** Lets one loop sleep until something happened. What happens while it does not sleep wakes it at once the next time. */
export interface Wake {
  notify(): void;
  /** Until notified or aborted, `ms` at most. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  let notified = false;
  let resume: (() => void) | undefined;

  return {
    notify() {
      notified = true;
      resume?.();
    },
    async sleep(ms, signal) {
      if (!notified && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          resume = () => {
            clearTimeout(timer);
            resolve();
          };
          signal.addEventListener('abort', resume, { once: true });
        });
        if (resume) signal.removeEventListener('abort', resume);
        resume = undefined;
      }
      notified = false;
    },
  };
}
