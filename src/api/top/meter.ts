import { setTimeout as delay } from 'node:timers/promises';
import { createGate } from '../../engine/gate.ts';

/** Something sampled twice, as a share of CPU takes. */
export interface Pair<S> {
  readonly before: S;
  readonly after: S;
}

export interface MeterOptions<S> {
  /** One sample; undefined if there is nothing to sample. */
  readonly sample: (name: string, signal: AbortSignal) => Promise<S | undefined>;
  /** Least time between two samples, ms. */
  readonly apart?: number | undefined;
  /** For all of a reading, its wait for others included, ms. */
  readonly within?: number | undefined;
}

export interface Meter<S> {
  /** Two samples, `apart` or more; undefined if there is nothing to sample. @throws what sampling does, `unavailable` if it takes too long */
  read(name: string): Promise<Pair<S> | undefined>;
}

const APART = 1_000;
const WITHIN = 10_000;
/** Samples at once: each is some reads of files by Docker, and a connection to it. */
const AT_ONCE = 16;
/** A sample is the first of the next reading if that comes within so long, ms: whoever looks again and again asks once each time. */
const KEPT = 30_000;

interface Kept<S> {
  readonly value: S;
  /** Of `performance.now()`. */
  readonly at: number;
}

/** Samples many things, some at once. Whoever asks for what is being read waits for the same reading, so crowds cost no more than one. */
export function createMeter<S>({ sample, apart = APART, within = WITHIN }: MeterOptions<S>): Meter<S> {
  const gate = createGate(AT_ONCE);
  const kept = new Map<string, Kept<S>>();
  const reading = new Map<string, Promise<Pair<S> | undefined>>();

  const take = async (name: string, signal: AbortSignal): Promise<Kept<S> | undefined> => {
    const value = await gate(async () => {
      signal.throwIfAborted();
      return sample(name, signal);
    });
    if (value === undefined) {
      kept.delete(name);
      return undefined;
    }
    const taken = { value, at: performance.now() };
    kept.set(name, taken);
    return taken;
  };

  const readOnce = async (name: string): Promise<Pair<S> | undefined> => {
    const signal = AbortSignal.timeout(within);
    const before = kept.get(name) ?? (await take(name, signal));
    if (!before) return undefined;
    const wait = before.at + apart - performance.now();
    if (wait > 0) await delay(wait, undefined, { signal });
    const after = await take(name, signal);
    return after && { before: before.value, after: after.value };
  };

  const forgetOld = (): void => {
    const oldest = performance.now() - KEPT;
    for (const [name, { at }] of kept) if (at < oldest) kept.delete(name);
  };

  return {
    read: (name) => {
      forgetOld();
      const running = reading.get(name);
      if (running) return running;
      const started = readOnce(name).finally(() => reading.delete(name));
      reading.set(name, started);
      return started;
    },
  };
}
