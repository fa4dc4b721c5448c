import type { Deployment } from '../../../../src/core/model/deployment.ts';
import type { Revision } from '../../../../src/core/model/revision.ts';
import type { Service } from '../../../../src/core/model/service.ts';
import { firstStep } from '../../../../src/core/rollout/begin-canary.ts';

interface World {
  readonly service: Service;
  readonly revisions: ReadonlyMap<number, Revision>;
  readonly now: number;
}

interface Next {
  readonly number: number;
  readonly active: Deployment | undefined;
}

/** As the API does it, of a deployment that is about to begin. */
export function canaryFor(world: World, { number, active }: Next): Pick<Deployment, 'canary'> {
  const { service, now } = world;
  const revision = world.revisions.get(number) as Revision;
  const current = world.revisions.get(service.revision);
  return firstStep({ service, current, activeDeployment: active, now }, revision);
}
