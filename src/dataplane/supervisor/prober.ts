import { planeTime } from '../../core/clock.ts';
import type { TargetHealth } from '../../core/route/protocol.ts';
import { delayOf, type ProbeResult, type Readiness, step, unprobed } from '../../core/route/readiness.ts';
import type { Target } from '../../core/route/table.ts';

/** Probes every target of the newest table, each at its own pace and once at a time; no more than a bounded number are begun together. */
export interface Prober {
  /** A target with another container or start begins anew; others keep what is known of them. */
  watch(targets: readonly Target[]): void;
  /** A worker found nobody there; of another start than the one that is watched it says nothing about that. */
  foundDown(found: TargetStart, error: string): void;
  /** In the order of the targets watched. */
  health(): readonly TargetHealth[];
  /** Every target is ready, or has missed a probe. */
  settled(): boolean;
  stop(): void;
}

export type TargetStart = Pick<Target, 'task' | 'container' | 'startedAt' | 'address'>;

interface Options {
  /** Aborted when the target is gone: nobody waits for its result any more. */
  readonly probe: (target: Target, signal: AbortSignal) => Promise<ProbeResult>;
  readonly now: () => number;
  /** `ready` changed, or the targets did: routing is concerned. Else only what is shown. */
  readonly onChange: (change: 'ready' | 'detail') => void;
  readonly atOnce?: number;
}

interface Watched {
  target: Target;
  state: Readiness;
  timer: NodeJS.Timeout | undefined;
  /** Waits for its turn, or is being probed. */
  busy: boolean;
  probing: AbortController | undefined;
  gone: boolean;
  /** As it was told last: the same object while it is the same. */
  told: TargetHealth | undefined;
}

/**
 * A probe without an answer for so long, ms, leaves its place to the next. From then on it costs a socket, of which each
 * target has one at most; the place it would keep for its whole timeout is one that the tasks of all projects share.
 */
const SLOW_AFTER = 100;

export function createProber({ probe, now, onChange, atOnce = 64 }: Options): Prober {
  let watched = new Map<string, Watched>();
  const waiting: Watched[] = [];
  let running = 0;

  const schedule = (item: Watched): void => {
    clearTimeout(item.timer);
    if (item.gone || item.busy) return;
    item.timer = setTimeout(() => queue(item), delayOf(item.state, item.target.probe));
  };

  const queue = (item: Watched): void => {
    item.busy = true;
    waiting.push(item);
    next();
  };

  const next = (): void => {
    while (running < atOnce) {
      const item = waiting.shift();
      if (!item) return;
      if (!item.gone) void run(item);
    }
  };

  const run = async (item: Watched): Promise<void> => {
    const leave = takePlace();
    const slow = setTimeout(leave, SLOW_AFTER);
    item.probing = new AbortController();
    const result = await probe(item.target, item.probing.signal);
    clearTimeout(slow);
    item.busy = false;
    if (!item.gone) {
      learn(item, result);
      schedule(item);
    }
    leave();
  };

  /** Returns what gives it back, once. */
  const takePlace = (): (() => void) => {
    let holds = true;
    running += 1;
    return () => {
      if (holds) running -= 1;
      holds = false;
      next();
    };
  };

  const learn = (item: Watched, result: ProbeResult): void => {
    const before = item.state;
    item.state = step(before, result, item.target.probe, now());
    if (item.state.ready !== before.ready) onChange('ready');
    else if (!looksAlike(before, item.state)) onChange('detail');
  };

  const begin = (target: Target): Watched => ({
    target,
    state: unprobed(now()),
    timer: undefined,
    busy: false,
    probing: undefined,
    gone: false,
    told: undefined,
  });

  const drop = (item: Watched): void => {
    item.gone = true;
    clearTimeout(item.timer);
    item.probing?.abort();
  };

  return {
    watch(targets) {
      const before = watched;
      watched = new Map();
      for (const target of targets) {
        const known = before.get(target.task);
        const same = known !== undefined && sameStart(known.target, target);
        const item = same ? known : begin(target);
        const pace = item.target.probe.interval;
        item.target = target;
        watched.set(target.task, item);
        if (!same || pace !== target.probe.interval) schedule(item);
      }
      for (const item of before.values()) if (watched.get(item.target.task) !== item) drop(item);
      onChange('ready');
    },

    foundDown(found, error) {
      const item = watched.get(found.task);
      if (!item || !sameStart(item.target, found)) return;
      learn(item, { kind: 'down', error });
      schedule(item);
    },

    health: () => Array.from(watched.values(), shown),

    settled: () => [...watched.values()].every(({ state }) => state.ready || state.error !== undefined),

    stop() {
      for (const item of watched.values()) drop(item);
      waiting.length = 0;
    },
  };
}

const sameStart = (a: TargetStart, b: TargetStart): boolean =>
  a.container === b.container && a.startedAt === b.startedAt && a.address === b.address;

type Look = Pick<Readiness, 'ready' | 'passes' | 'misses' | 'error'>;

const looksAlike = (a: Look, b: Look): boolean =>
  a.ready === b.ready && a.passes === b.passes && a.misses === b.misses && a.error === b.error;

function shown(item: Watched): TargetHealth {
  const health = toHealth(item.target, item.state);
  item.told = item.told && isSame(item.told, health) ? item.told : health;
  return item.told;
}

/** Of the same start. */
const isSame = (a: TargetHealth, b: TargetHealth): boolean =>
  a.since === b.since && a.wasReady === b.wasReady && looksAlike(a, b);

const toHealth = (target: Target, { ready, wasReady, since, passes, misses, error }: Readiness): TargetHealth => ({
  task: target.task,
  container: target.container,
  startedAt: target.startedAt,
  ready,
  wasReady,
  since: planeTime(since),
  passes,
  misses,
  ...(error === undefined ? {} : { error }),
});
