/** A target as the choice sees it. */
export interface Candidate {
  readonly serving: boolean;
  readonly inflight: number;
}

export interface WeightedShare<C extends Candidate> {
  readonly weight: number;
  readonly targets: readonly C[];
}

const GOLDEN = 0.6180339887498949;

/**
 * First a share by weight, among those with a serving target, then in it the target with the least requests in flight.
 * @param turn counts the requests of a route: it spreads them evenly over the shares (multiples of the golden ratio
 *   leave no share off by more than a few requests, whatever the count) and rotates ties within one
 */
export function pickTarget<C extends Candidate>(shares: readonly WeightedShare<C>[], turn: number): C | undefined {
  const [only] = shares;
  if (shares.length === 1 && only !== undefined) return leastLoaded(only.targets, turn);
  const serving = shares.filter((share) => share.weight > 0 && share.targets.some((target) => target.serving));
  const share = shareAt(serving, (turn * GOLDEN) % 1);
  return share === undefined ? undefined : leastLoaded(share.targets, turn);
}

/** @param point in [0, 1) of the summed weights */
function shareAt<C extends Candidate>(
  shares: readonly WeightedShare<C>[],
  point: number,
): WeightedShare<C> | undefined {
  let left = point * shares.reduce((sum, share) => sum + share.weight, 0);
  for (const share of shares) {
    if (left < share.weight) return share;
    left -= share.weight;
  }
  return shares.at(-1);
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
