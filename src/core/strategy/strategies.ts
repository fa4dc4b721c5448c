import { type Deployment, goesBackSince } from '../model/deployment.ts';
import { blueGreen } from './blue-green.ts';
import { canary } from './canary.ts';
import type { Demand, Rollout, Strategy } from './demand.ts';
import { rolling } from './rolling.ts';

const STRATEGIES: Readonly<Record<Deployment['strategy'], Strategy>> = {
  rolling,
  'blue-green': blueGreen,
  canary,
};

interface Now extends Omit<Rollout, 'deployment'> {
  readonly deployment: Deployment | undefined;
  /** Tasks of the wanted revision stand ready outside of the tables, as they were kept: it is switched to as one. */
  readonly isKept: boolean;
  /** A whole set of the wanted revision, once drained, still runs, and nothing is known to be wrong with it. */
  readonly isWhole: boolean;
}

/** Without a deployment, and on the way back from one, tasks of other revisions give way slot by slot. */
export function demandOf({ deployment, isKept, isWhole, ...rest }: Now, now: number): Demand {
  if (!deployment) return slotBySlot(rest);
  const rollout = { deployment, ...rest };
  const cutAway = deployment.cutOver !== undefined && deployment.cutOver.hash !== rest.hash;
  if (goesBackSince(deployment) !== undefined) return cutAway && isWhole ? blueGreen(rollout) : slotBySlot(rest);
  const hasCutOver = deployment.cutOver !== undefined && !cutAway;
  const asOne = hasCutOver || isKept || (cutAway && isWhole);
  return (asOne ? blueGreen : STRATEGIES[deployment.strategy])(rollout, now);
}

const slotBySlot = ({ replicas, spec }: Pick<Rollout, 'replicas' | 'spec'>): Demand => ({
  newWanted: replicas,
  atOnce: spec.deploy.parallelism,
  share: 1,
  oldStays: 'no',
  then: 'succeed',
});
