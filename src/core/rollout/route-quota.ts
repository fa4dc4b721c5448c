import type { ServiceSpec } from '../model/service-spec.ts';

/** How many routes a table may have of one service, and of all of a project. */
export interface RouteQuota {
  readonly perService: number;
  readonly perProject: number;
}

export const ROUTE_QUOTA: RouteQuota = { perService: 1000, perProject: 5000 };

/** Bytes of a host and a path that count as one route. The table is bounded in bytes: a long route takes the room of several. */
const ROUTE_BYTES = 256;

/** Routes that a spec asks for: each path under each domain, a long one as several. */
export const routeCount = ({ domains, routes }: Pick<ServiceSpec, 'domains' | 'routes'>): number =>
  domains.reduce((sum, domain) => sum + routes.reduce((rest, { path }) => rest + weight(domain, path), 0), 0);

const weight = (domain: string, path: string): number => Math.ceil((domain.length + path.length) / ROUTE_BYTES);

export interface OverQuota {
  /** What is too much, as a sentence with the numbers. */
  readonly message: string;
  readonly hint: string;
}

const longOnes = ({ domains, routes }: ServiceSpec, count: number): string =>
  count > domains.length * routes.length ? '; one over 256 bytes counts as several' : '';

/**
 * Undefined if the spec may have its routes.
 * @param others as they are wanted; those of other projects, and of the service itself, count for nothing
 */
export function overRouteQuota(
  spec: ServiceSpec,
  others: readonly ServiceSpec[],
  { perService, perProject }: RouteQuota,
): OverQuota | undefined {
  const own = routeCount(spec);
  if (own === 0) return undefined;
  if (own > perService) {
    return {
      message: `${spec.name} asks for ${own} routes (${spec.domains.length} domains with ${spec.routes.length} paths each${longOnes(spec, own)}), and a service may have ${perService}`,
      hint: 'use fewer domains or paths: a path covers all below it; an admin of the server can raise `quotas.routes_per_service`',
    };
  }
  const beside = others
    .filter(({ project, name }) => project === spec.project && name !== spec.name)
    .reduce((sum, other) => sum + routeCount(other), 0);
  if (beside + own <= perProject) return undefined;
  return {
    message: `${spec.name} asks for ${own} routes, the other services of ${spec.project} have ${beside}, and a project may have ${perProject}`,
    hint: 'remove what is not needed any more; an admin of the server can raise `quotas.routes_per_project`',
  };
}
