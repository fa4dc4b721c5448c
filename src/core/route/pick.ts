/** A target as the choice sees it. */
export interface Candidate {
  readonly serving: boolean;
  readonly inflight: number;
}

export interface WeightedPool<C extends Candidate> {
  readonly weight: number;
  readonly targets: readonly C[];
}

const GOLDEN = 0.6180339887498949;

/**
 * First a pool by weight, among those with a serving target, then in it the target with the least requests in flight.
 * @param turn counts the requests of a route: it spreads them evenly over the pools (multiples of the golden ratio
 *   leave no share off by more than a few requests, whatever the count) and rotates ties within a pool
 */
export function pickTarget<C extends Candidate>(pools: readonly WeightedPool<C>[], turn: number): C | undefined {
  const [only] = pools;
  if (pools.length === 1 && only !== undefined) return leastLoaded(only.targets, turn);
  const serving = pools.filter((pool) => pool.weight > 0 && pool.targets.some((target) => target.serving));
  const pool = poolAt(serving, (turn * GOLDEN) % 1);
  return pool === undefined ? undefined : leastLoaded(pool.targets, turn);
}

/** @param point in [0, 1) of the summed weights */
function poolAt<C extends Candidate>(pools: readonly WeightedPool<C>[], point: number): WeightedPool<C> | undefined {
  let left = point * pools.reduce((sum, pool) => sum + pool.weight, 0);
  for (const pool of pools) {
    if (left < pool.weight) return pool;
    left -= pool.weight;
  }
  return pools.at(-1);
}

function leastLoaded<C extends Candidate>(targets: readonly C[], turn: number): C | undefined {
  let best: C | undefined;
  const first = targets.length === 0 ? 0 : turn % targets.length;
  for (let step = 0; step < targets.length; step++) {
    const target = targets[(first + step) % targets.length];
    if (target?.serving && (best === undefined || target.inflight < best.inflight)) best = target;
  }
  return best;
}
