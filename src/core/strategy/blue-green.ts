import type { Demand, Rollout } from './demand.ts';

/**
 * A full second set, all of it at once, beside the old one, which serves meanwhile; one switch once every task of it is
 * ready. The old set stays, drained.
 */
export function blueGreen({ deployment, replicas, hash }: Rollout): Demand {
  const all = { newWanted: replicas, atOnce: replicas };
  if (deployment.cutOver?.hash !== hash) return { ...all, share: 0, oldStays: 'routed', then: 'cut-over' };
  return { ...all, share: 1, oldStays: 'drained', then: deployment.switchedAt === undefined ? 'switch' : 'succeed' };
}
