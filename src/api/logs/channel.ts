/** Many writers, one reader, with back-pressure: a writer waits until its value is taken. */
export interface Channel<T> {
  /** Resolves once the value is taken, or the channel is closed. */
  send(value: T): Promise<void>;
  /** The reader gets this error after what was sent. */
  readonly fail: (error: unknown) => void;
  readonly lines: AsyncIterable<T>;
}

export function createChannel<T>(closed: AbortSignal): Channel<T> {
  const waiting: { readonly value: T; readonly taken: () => void }[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;

  closed.addEventListener('abort', () => {
    for (const { taken } of waiting.splice(0)) taken();
    wake?.();
  });

  async function* lines(): AsyncGenerator<T> {
    while (!closed.aborted) {
      const next = waiting.shift();
      if (next) {
        yield next.value;
        next.taken();
      } else if (failure) throw failure.error;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }

  return {
    send(value) {
      if (closed.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push({ value, taken: resolve });
        wake?.();
      });
    },
    fail(error) {
      failure = { error };
      wake?.();
    },
    lines: lines(),
  };
}
