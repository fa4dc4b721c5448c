/** The timers of a time that passes by hand, in the order in which they are due. */
export interface Timers {
  now(): number;
  /** @param every again and again */
  add(work: () => void, ms?: number, every?: boolean): unknown;
  cancel(timer: unknown): void;
  /** Goes to where the next one is due and runs it; to the end, and false, if none is by then. Epoch ms. */
  runNext(end: number): boolean;
}

/** As much of a NodeJS.Timeout as its holders use. */
class Timer {
  due: number;
  readonly work: () => void;
  readonly period: number | undefined;

  constructor(work: () => void, due: number, period: number | undefined) {
    this.work = work;
    this.due = due;
    this.period = period;
  }

  ref = () => this;
  unref = () => this;
  hasRef = () => true;
  [Symbol.toPrimitive] = () => 0;
}

export function createTimers(beginning: number): Timers {
  let now = beginning;
  /** The last one is due first; of two at the same time the one that was added first. */
  const waiting: Timer[] = [];

  /** Where those begin that are due by then. */
  const placeOf = (due: number): number => {
    let [low, high] = [0, waiting.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((waiting[middle] as Timer).due > due) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const insert = (timer: Timer) => void waiting.splice(placeOf(timer.due), 0, timer);

  const remove = (timer: Timer) => {
    for (let at = placeOf(timer.due); waiting[at]?.due === timer.due; at += 1) {
      if (waiting[at] === timer) return void waiting.splice(at, 1);
    }
  };

  return {
    now: () => now,
    add(work, ms = 1, every = false) {
      const delay = Math.max(1, Math.floor(ms) || 0);
      const timer = new Timer(work, now + delay, every ? delay : undefined);
      insert(timer);
      return timer;
    },
    cancel(timer) {
      if (timer instanceof Timer) remove(timer);
    },
    runNext(end) {
      const next = waiting.at(-1);
      if (next === undefined || next.due > end) {
        now = Math.max(now, end);
        return false;
      }
      waiting.pop();
      now = Math.max(now, next.due);
      if (next.period !== undefined) {
        next.due = now + next.period;
        insert(next);
      }
      next.work();
      return true;
    },
  };
}
