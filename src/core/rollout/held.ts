import type { Deployment } from '../model/deployment.ts';

/** It waits for other services, and nothing of it was done yet. */
export const isHeld = (deployment: Deployment | undefined): boolean =>
  deployment?.after !== undefined && deployment.begunAt === undefined && deployment.state === 'pending';

/** Since when it moves. Epoch ms. */
export const movesSince = ({ begunAt, startedAt }: Deployment): number => begunAt ?? startedAt;
