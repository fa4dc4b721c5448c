import { engineTime } from '../clock.ts';
import { OrcaError } from '../errors.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import type { Table } from './table.ts';

/** The one path of orca's API that the ingress passes on, and where the API listens. */
export interface ApiRoute {
  readonly host: string;
  readonly path: string;
  readonly address: string;
  readonly port: number;
}

/** No pool, service or task of a user has this name: theirs begin with a letter. */
export const API_POOL = ':api';

/** The table with a route to orca's API. It goes before a service's route of the same place. */
export function withApiRoute(table: Omit<Table, 'id'>, api: ApiRoute | undefined): Omit<Table, 'id'> {
  if (!api) return table;
  const { host, path, address, port } = api;
  const route = { host, path, stripPrefix: false, pool: API_POOL };
  const pool = { name: API_POOL, service: API_POOL, shares: [{ weight: 1, targets: [API_POOL] }] };
  const target = {
    task: API_POOL,
    service: API_POOL,
    revision: 0,
    address,
    port,
    container: API_POOL,
    startedAt: engineTime(0),
    probe: { path: '/api/v1/health', port, interval: 2_000, timeout: 1_000, failures: 3 },
  };
  return {
    pools: [...table.pools, pool],
    routes: [...table.routes.filter((one) => one.host !== host || one.path !== path), route],
    targets: [...table.targets, target],
  };
}

/** @throws OrcaError `conflict` for a service that asks for the very place that is the API's */
export function requireNotApi(
  { domains, routes }: ServiceSpec,
  api: Pick<ApiRoute, 'host' | 'path'> | undefined,
): void {
  if (!api || !domains.includes(api.host) || !routes.some(({ path }) => path === api.path)) return;
  throw new OrcaError('conflict', `${api.host}${api.path} is orca's own: webhooks are delivered there`, {
    hint: 'give the service another path, or another domain',
    details: { taken: `${api.host}${api.path}` },
  });
}
