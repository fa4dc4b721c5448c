import type { Demand, Rollout } from './demand.ts';

/**
 * Slot by slot, `parallelism` of them at a time. The last old tasks are kept, drained, until the new set has been watched for
 * `monitor`.
 */
export function rolling({ deployment, spec, replicas }: Rollout): Demand {
  const isSwitched = deployment.switchedAt !== undefined;
  return {
    newWanted: replicas,
    atOnce: spec.deploy.parallelism,
    share: 1,
    oldStays: isSwitched ? 'drained' : 'no',
    then: isSwitched ? 'succeed' : 'switch',
  };
}
