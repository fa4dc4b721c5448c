import { goesBackSince } from '../model/deployment.ts';
import type { Sight } from './observed.ts';

/** None while stopped or purged, and none after a first deployment that failed. */
export function wantedReplicas({ service, deployment }: Pick<Sight, 'service' | 'deployment'>): number {
  if (service.paused || service.removing) return 0;
  const failedFirst = deployment
    ? goesBackSince(deployment) !== undefined && deployment.from === undefined
    : service.stable === undefined;
  return failedFirst ? 0 : service.replicas;
}
