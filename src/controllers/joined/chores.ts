/** Work beside a loop, which does not wait for it: each thing once at a time, and again only after a while. */
export interface Chores {
  /**
   * Starts it unless it is under way, or was begun less than `pause` ms ago.
   * @param work rejects as it likes: `onError` is told
   */
  start(key: string, pause: number, work: () => Promise<unknown>): void;
  /** What begins so may begin at once. */
  soon(prefix: string): void;
  /** When all that was started has ended. */
  idle(): Promise<void>;
}

export function createChores(steady: () => number, onError: (key: string, error: unknown) => void): Chores {
  const begun = new Map<string, number>();
  const running = new Map<string, Promise<void>>();

  return {
    start(key, pause, work) {
      const now = steady();
      if (running.has(key) || now - (begun.get(key) ?? Number.NEGATIVE_INFINITY) < pause) return;
      begun.set(key, now);
      const done = work()
        .then(() => undefined)
        .catch((error: unknown) => onError(key, error))
        .finally(() => running.delete(key));
      running.set(key, done);
    },
    soon(prefix) {
      for (const key of begun.keys()) if (key.startsWith(prefix)) begun.delete(key);
    },
    idle: async () => {
      await Promise.all(running.values());
    },
  };
}
