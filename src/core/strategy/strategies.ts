import type { Deployment } from '../model/deployment.ts';
import type { Demand, Rollout, Strategy } from './demand.ts';
import { rolling } from './rolling.ts';

const STRATEGIES: Readonly<Record<Deployment['strategy'], Strategy>> = { rolling };

interface Now extends Omit<Rollout, 'deployment'> {
  readonly deployment: Deployment | undefined;
}

/** Without a deployment, and on the way back from one, tasks of other revisions give way slot by slot. */
export function demandOf({ deployment, spec, replicas }: Now, now: number): Demand {
  if (deployment && !deployment.failure) return STRATEGIES[deployment.strategy]({ deployment, spec, replicas }, now);
  return { newWanted: replicas, atOnce: spec.deploy.parallelism, share: 1, oldStays: 'no', then: 'succeed' };
}
