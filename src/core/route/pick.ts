/** A target, or another node with several, as the choice sees it. */
export interface Candidate {
  readonly serving: boolean;
  readonly inflight: number;
  /** How many tasks are behind it. */
  readonly weight: number;
}

export interface WeightedShare<C extends Candidate> {
  readonly weight: number;
  readonly targets: readonly C[];
}

type Shares<C extends Candidate> = readonly WeightedShare<C>[];

/**
 * First the share that the point falls to, then in it the target with the least requests in flight for each task. A share in which nothing
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

function weightOf(weighted: readonly { readonly weight: number }[]): number {
  let sum = 0;
  for (const { weight } of weighted) sum += weight;
  return sum;
}

function leastLoaded<C extends Candidate>(targets: readonly C[], turn: number): C | undefined {
  let best: C | undefined;
  let least = Number.POSITIVE_INFINITY;
  const first = firstAt(targets, turn);
  for (let step = 0; step < targets.length; step++) {
    const target = targets[(first + step) % targets.length];
    if (!target?.serving || target.inflight / target.weight >= least) continue;
    best = target;
    least = target.inflight / target.weight;
  }
  return best;
}

/** Whose turn it is: each has as many as there are tasks behind it. */
function firstAt<C extends Candidate>(targets: readonly C[], turn: number): number {
  const tasks = weightOf(targets);
  let left = tasks === 0 ? 0 : turn % tasks;
  for (let at = 0; at < targets.length; at++) {
    left -= targets[at]?.weight ?? 0;
    if (left < 0) return at;
  }
  return 0;
}
