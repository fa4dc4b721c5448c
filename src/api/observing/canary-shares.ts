import { type Canary, canaryOf, type Deployment, isEnded } from '../../core/model/deployment.ts';

/** While both revisions serve by shares. */
export const runningCanary = (deployment: Deployment | undefined): Canary | undefined =>
  deployment && !isEnded(deployment.state) ? canaryOf(deployment) : undefined;

/** What part of the requests each revision is to have, 0 to 1; of nothing but a canary that runs. */
export function canaryShares(deployment: Deployment | undefined): ReadonlyMap<number, number> {
  const canary = runningCanary(deployment);
  if (canary === undefined || deployment?.from === undefined) return new Map();
  return new Map([
    [deployment.from, (100 - canary.weight) / 100],
    [deployment.to, canary.weight / 100],
  ]);
}
