import { exclusiveIn } from '../claims/claim.ts';
import type { Revision } from '../model/revision.ts';
import type { Service } from '../model/service.ts';
import type { Sight } from './observed.ts';

interface Back extends Pick<Sight, 'service' | 'deployment' | 'target'> {
  readonly from: Revision;
}

/** How many tasks are wanted once `from` is gone back to: as before the deployment, or as it was scaled by hand since. */
export function countBack({ service, target, deployment, from }: Back): Pick<Service, 'replicas' | 'scaledFrom'> {
  const byHand = service.scaledFrom !== undefined || service.replicas !== target.spec.replicas;
  if (byHand) return handCount(service, from);
  const { replicas, scaledFrom } = deployment?.before ?? { replicas: from.spec.replicas };
  return { replicas, scaledFrom };
}

/** As it was scaled meanwhile, seen from the file of the revision that it goes back to; no more than one task can have what only one can. */
function handCount(service: Service, { spec }: Revision): Pick<Service, 'replicas' | 'scaledFrom'> {
  const fits = exclusiveIn(spec) !== undefined ? Math.min(service.replicas, spec.replicas) : service.replicas;
  return { replicas: fits, scaledFrom: fits === spec.replicas ? undefined : spec.replicas };
}
