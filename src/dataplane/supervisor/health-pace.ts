const QUICKEST = 20;
const SLOWEST = 250;
const PER_TARGET = 0.1;

/**
 * How long what is only shown of targets waits for more of it, ms. Each time the health of all of them is told, and of many some
 * miss a probe all the time: it is told the more seldom the more there are, so that it costs no more.
 */
export const healthPace = (targets: number): number =>
  Math.min(SLOWEST, Math.max(QUICKEST, Math.round(targets * PER_TARGET)));
