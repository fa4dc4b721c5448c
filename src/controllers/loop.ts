import { setTimeout as sleep } from 'node:timers/promises';

export interface Loop {
  /** Marks one object as needing a look. Cheap, safe to repeat, never fails. */
  notice(key: string): void;
  /** Reconciles until the signal; resolves when the pass under way has ended. */
  run(signal: AbortSignal): Promise<void>;
}

export interface LoopOptions {
  /** One pass. May return when to look again by itself, epoch ms. */
  readonly reconcile: (key: string) => Promise<number | undefined>;
  readonly onError: (key: string, error: unknown, retryIn: number) => void;
  readonly clock: { now(): number };
  /** Waited for before each pass: what is noticed until then is answered by that one pass. Default: nothing. */
  readonly gather?: (() => Promise<unknown>) | undefined;
}

const LONGEST_RETRY = 10_000;

/**
 * Level-triggered: a notice says only *which* object to look at, never what changed. One key is reconciled at a time;
 * noticing it fifty times before its turn costs one pass. A failed pass is repeated, later each time.
 */
export function createLoop({ reconcile, onError, clock, gather }: LoopOptions): Loop {
  const dirty = new Set<string>();
  const failures = new Map<string, number>();
  const alarms = new Map<string, NodeJS.Timeout>();
  let wake = () => {};

  const notice = (key: string) => {
    dirty.add(key);
    wake();
  };

  const lookAgain = (key: string, delay: number) => {
    clearTimeout(alarms.get(key));
    alarms.set(key, setTimeout(() => notice(key), Math.max(1, delay)).unref());
  };

  const attempt = async (key: string) => {
    clearTimeout(alarms.get(key));
    alarms.delete(key);
    try {
      const wakeAt = await reconcile(key);
      failures.delete(key);
      if (wakeAt !== undefined) lookAgain(key, wakeAt - clock.now());
    } catch (error) {
      const count = (failures.get(key) ?? 0) + 1;
      const delay = Math.min(LONGEST_RETRY, 50 * 2 ** Math.min(count, 10));
      failures.set(key, count);
      onError(key, error, delay);
      lookAgain(key, delay);
    }
  };

  const run = async (signal: AbortSignal) => {
    signal.addEventListener('abort', () => wake(), { once: true });
    while (!signal.aborted) {
      const [key] = dirty;
      if (key === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      await gather?.();
      dirty.delete(key);
      await attempt(key);
    }
    for (const alarm of alarms.values()) clearTimeout(alarm);
  };

  return { notice, run };
}

/** Runs a function every so often until the signal, one run at a time. */
export async function every(ms: number, signal: AbortSignal, work: () => Promise<void> | void): Promise<void> {
  while (!signal.aborted) {
    await work();
    await sleep(ms, undefined, { signal, ref: false }).catch(() => {});
  }
}
