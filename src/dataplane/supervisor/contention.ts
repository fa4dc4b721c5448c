import { type Contention, isSerial, type Sign, step, UNKNOWN } from '../../core/route/contention.ts';
import type { ProbeResult } from '../../core/route/readiness.ts';
import type { Target } from '../../core/route/table.ts';
import { createThrottle } from './throttle.ts';

/**
 * Brings together what workers and probes see of targets that cannot answer while a connection to them is kept, by whichever
 * worker: a probe or a request that is silent makes all of them close those.
 */
export interface Contentions {
  heard(signs: readonly Sign[]): void;
  /** A probe that tells what it sees. */
  watched(probe: ProbeTarget): ProbeTarget;
  /** Tells the workers all of it again: one of them is new. */
  tell(): void;
  /** Forgets all others. */
  keep(tasks: ReadonlySet<string>): void;
  stop(): void;
}

type ProbeTarget = (target: Target, signal: AbortSignal) => Promise<ProbeResult>;

/** @see ToWorker */
export interface ContentionState {
  readonly serial: readonly string[];
  readonly release: readonly string[];
}

interface Options {
  /** To every worker. */
  readonly broadcast: (state: ContentionState) => void;
  /** Never set, ms. */
  readonly now: () => number;
}

/** Ms until a probe without an answer is silent; then again after twice as long each time. */
const SILENT_AFTER = 100;
const TELL_EVERY = 50;

export function createContentions({ broadcast, now }: Options): Contentions {
  const known = new Map<string, Contention>();
  const silent = new Set<string>();
  let expiry: NodeJS.Timeout | undefined;

  const told = createThrottle(() => {
    const at = now();
    const serial = [...known].filter(([, state]) => isSerial(state, at));
    broadcast({ serial: serial.map(([task]) => task), release: [...silent] });
    silent.clear();
    clearTimeout(expiry);
    const next = Math.min(...serial.map(([, { serialUntil }]) => serialUntil));
    if (serial.length > 0) expiry = setTimeout(() => told.now(), next - at);
  }, TELL_EVERY);

  const heard = (signs: readonly Sign[]): void => {
    for (const sign of signs) {
      if (sign.kind === 'silent') silent.add(sign.task);
      if (learn(sign)) told.now();
    }
    if (silent.size > 0) told.call();
  };

  /** @returns whether the workers have to know */
  const learn = ({ task, kind }: Sign): boolean => {
    const before = known.get(task) ?? UNKNOWN;
    const after = step(before, kind, now());
    if (after !== before) known.set(task, after);
    return after.serialUntil !== before.serialUntil;
  };

  return {
    heard,
    watched: (probe) => async (target, signal) => {
      const { task } = target;
      let wait = SILENT_AFTER;
      const ask = (): void => {
        heard([{ task, kind: 'silent' }]);
        wait *= 2;
        timer = setTimeout(ask, wait);
      };
      let timer = setTimeout(ask, wait);
      const result = await probe(target, signal);
      clearTimeout(timer);
      if (wait > SILENT_AFTER && result.kind === 'pass') heard([{ task, kind: 'answered' }]);
      return result;
    },
    tell: () => told.call(),
    keep(tasks) {
      for (const task of known.keys()) if (!tasks.has(task)) known.delete(task);
    },
    stop() {
      told.cancel();
      clearTimeout(expiry);
    },
  };
}
