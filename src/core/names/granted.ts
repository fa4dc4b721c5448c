import type { ServiceSpec } from '../model/service-spec.ts';
import type { Internal, Neighbour } from './networks.ts';

interface Wanted {
  readonly service: Pick<Neighbour, 'project' | 'name'> & { readonly removing?: boolean };
  readonly target: { readonly spec: Pick<ServiceSpec, 'internal'> };
  /** While a rollout runs: what it goes back to. */
  readonly from?: Wanted['target'] | undefined;
}

/**
 * A service as its neighbours see it. A grant is given as soon as it is wanted, and taken away once the deployment without it
 * has succeeded, as domains are.
 */
export const neighbourOf = ({ service, target, from }: Wanted): Neighbour => ({
  project: service.project,
  name: service.name,
  internal: bothOf(target.spec.internal, from?.spec.internal),
  ...(service.removing && { isLeaving: true }),
});

function bothOf(a: Internal | undefined, b: Internal | undefined): Internal | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a === true || b === true ? true : [...new Set([...a, ...b])].sort();
}
