import { createRequire, syncBuiltinESMExports } from 'node:module';
import { createTimers } from './timers.ts';

/** Time that passes only when nothing is left to do: an hour costs what is done in it. */
export interface VirtualTime {
  /** Epoch ms. */
  now(): number;
  /** Called whenever all that was due has been done. */
  onRest(check: () => void): void;
  /** Until nothing is left to do without time passing. */
  settle(): Promise<void>;
  pass(ms: number): Promise<void>;
  /** Lets time pass until the condition holds. False: it did not within so many ms. */
  passUntil(condition: () => boolean | Promise<boolean>, limit: number): Promise<boolean>;
  /** The machine's own timers again. */
  end(): void;
}

const BEGINNING = 1_800_000_000_000;
const require = createRequire(import.meta.url);

/**
 * Takes the place of the timers of this process, also of those that modules have imported by name. Nothing under it may wait
 * for anything but timers, immediates and promises: what a disk or a socket answers is not waited for.
 */
export function beginVirtualTime(): VirtualTime {
  const timers = createTimers(BEGINNING);
  const checks: (() => void)[] = [];
  const own = { setImmediate, setTimeout, setInterval, clearTimeout, clearInterval, clearImmediate };
  const promises = require('node:timers/promises') as Record<string, unknown>;
  const ownPromises = { setTimeout: promises['setTimeout'], setImmediate: promises['setImmediate'] };
  let immediates = 0;

  const later = (work: (...args: unknown[]) => void, ...args: unknown[]) => {
    immediates += 1;
    return own.setImmediate(() => {
      immediates -= 1;
      work(...args);
    });
  };

  const sleep = (ms?: number, value?: unknown, { signal }: { signal?: AbortSignal } = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        timers.cancel(timer);
        reject(signal?.reason);
      };
      const timer = timers.add(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      }, ms);
      signal?.addEventListener('abort', abort, { once: true });
    });

  const nextTurn = (value?: unknown) => new Promise((resolve) => later(() => resolve(value)));
  const cancel = (timer: unknown) => timers.cancel(timer);
  const once = (work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
    timers.add(() => work(...args), ms);
  const again = (work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
    timers.add(() => work(...args), ms, true);
  Object.assign(globalThis, {
    setTimeout: once,
    setInterval: again,
    setImmediate: later,
    clearTimeout: cancel,
    clearInterval: cancel,
  });
  Object.assign(promises, { setTimeout: sleep, setImmediate: nextTurn });
  syncBuiltinESMExports();

  const settle = async () => {
    do await new Promise<void>((resolve) => own.setImmediate(resolve));
    while (immediates > 0);
    for (const check of checks) check();
  };

  const passUntil = async (condition: () => boolean | Promise<boolean>, limit: number): Promise<boolean> => {
    const end = timers.now() + limit;
    for (;;) {
      await settle();
      if (await condition()) return true;
      if (!timers.runNext(end)) return false;
    }
  };

  return {
    now: timers.now,
    onRest: (check) => void checks.push(check),
    settle,
    passUntil,
    pass: async (ms) => void (await passUntil(() => false, ms)),
    end: () => {
      Object.assign(globalThis, own);
      Object.assign(promises, ownPromises);
      syncBuiltinESMExports();
    },
  };
}
