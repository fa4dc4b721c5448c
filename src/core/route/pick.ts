/** A target as the choice sees it. */
export interface Candidate {
  readonly serving: boolean;
  readonly inflight: number;
}

export interface WeightedShare<C extends Candidate> {
  readonly weight: number;
  readonly targets: readonly C[];
}

type Shares<C extends Candidate> = readonly WeightedShare<C>[];

/**
 * First the share that the point falls to, then in it the target with the least requests in flight. A share in which nothing
 * serves gives its part to the others, by their weights; whoever falls to those stays there.
 * @param point in [0, 1) of the summed weights, in the order of the shares: so whoever has the last one keeps it while that grows
 * @param turn counts the requests of a pool: it rotates ties within a share
 */
export function pickTarget<C extends Candidate>(shares: Shares<C>, point: number, turn: number): C | undefined {
  const share = shares.length === 1 ? shares[0] : shareAt(shares, point);
  const target = share && leastLoaded(share.targets, turn);
  if (target !== undefined || shares.length === 1) return target;
  const instead = shareInstead(shares, point, share);
  return instead && leastLoaded(instead.targets, turn);
}

/** @returns undefined where no share has a weight */
function shareAt<C extends Candidate>(shares: Shares<C>, point: number): WeightedShare<C> | undefined {
  let left = point * weightOf(shares);
  for (const share of shares) {
    if (left < share.weight) return share;
    left -= share.weight;
  }
  return shares.findLast((share) => share.weight > 0);
}

/** Shares without a weight come last of all, but before nobody. */
function shareInstead<C extends Candidate>(
  shares: Shares<C>,
  point: number,
  asked: WeightedShare<C> | undefined,
): WeightedShare<C> | undefined {
  const serving = shares.filter(({ targets }) => targets.some((target) => target.serving));
  return shareAt(serving, asked === undefined ? point : pointWithin(shares, point, asked)) ?? serving.at(-1);
}

/** Where the point lies in its share alone. */
function pointWithin<C extends Candidate>(shares: Shares<C>, point: number, asked: WeightedShare<C>): number {
  const before = weightOf(shares.slice(0, shares.indexOf(asked)));
  return (point * weightOf(shares) - before) / asked.weight;
}

function weightOf<C extends Candidate>(shares: Shares<C>): number {
  let sum = 0;
  for (const share of shares) sum += share.weight;
  return sum;
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
