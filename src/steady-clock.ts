/** Epoch ms. */
export interface Clock {
  now(): number;
}

/** How much faster or slower than it should a clock that is wrong goes: deadlines are no further off than that. */
const CORRECTION = 0.5;
/** Further off than this, ms, is no clock that was set, but one that never was right, as after a start without a battery. */
const LEAP = 24 * 3_600_000;

/**
 * The machine's time, without its jumps. A deadline is the distance of two times; when the machine's clock is set by an hour in
 * between, it would be over at once, and what it is about given up. So this clock goes to the right time step by step, and
 * never back.
 *
 * @param wall the machine's time, epoch ms
 * @param steady ms on a clock that is never set
 */
export function createSteadyClock(wall = Date.now, steady = () => performance.now()): Clock {
  let shown = wall();
  let at = steady();
  return {
    now: () => {
      const passed = steady() - at;
      at += passed;
      const off = wall() - (shown + passed);
      const most = Math.abs(off) > LEAP ? Number.POSITIVE_INFINITY : passed * CORRECTION;
      shown += passed + Math.max(-most, Math.min(most, off));
      return Math.floor(shown);
    },
  };
}
