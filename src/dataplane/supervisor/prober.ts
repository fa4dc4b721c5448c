import type { TargetHealth } from '../../core/route/protocol.ts';
import { delayOf, type ProbeResult, type Readiness, step, unprobed } from '../../core/route/readiness.ts';
import type { Target } from '../../core/route/table.ts';

/** Probes every target of the newest table, each at its own pace, a bounded number at a time. */
export interface Prober {
  /** A target with another container or start begins anew; others keep what is known of them. */
  watch(targets: readonly Target[]): void;
  /** A worker found nobody there. */
  foundDown(task: string, error: string): void;
  /** In the order of the targets watched. */
  health(): readonly TargetHealth[];
  /** Every target is ready, or has missed a probe. */
  settled(): boolean;
  stop(): void;
}

interface Options {
  readonly probe: (target: Target) => Promise<ProbeResult>;
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
  gone: boolean;
}

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
      if (item.gone) continue;
      running += 1;
      void run(item);
    }
  };

  const run = async (item: Watched): Promise<void> => {
    const result = await probe(item.target);
    running -= 1;
    item.busy = false;
    if (!item.gone) {
      learn(item, result);
      schedule(item);
    }
    next();
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
    gone: false,
  });

  const drop = (item: Watched): void => {
    item.gone = true;
    clearTimeout(item.timer);
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

    foundDown(task, error) {
      const item = watched.get(task);
      if (!item) return;
      learn(item, { kind: 'down', error });
      schedule(item);
    },

    health: () => [...watched.values()].map(({ target, state }) => toHealth(target, state)),

    settled: () => [...watched.values()].every(({ state }) => state.ready || state.error !== undefined),

    stop() {
      for (const item of watched.values()) drop(item);
      waiting.length = 0;
    },
  };
}

const sameStart = (a: Target, b: Target): boolean =>
  a.container === b.container && a.startedAt === b.startedAt && a.address === b.address;

const looksAlike = (a: Readiness, b: Readiness): boolean =>
  a.ready === b.ready && a.passes === b.passes && a.misses === b.misses && a.error === b.error;

const toHealth = (target: Target, { ready, wasReady, since, passes, misses, error }: Readiness): TargetHealth => ({
  task: target.task,
  container: target.container,
  startedAt: target.startedAt,
  ready,
  wasReady,
  since,
  passes,
  misses,
  ...(error === undefined ? {} : { error }),
});
