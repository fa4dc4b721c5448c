import { type ServiceKey, serviceKey } from '../model/service.ts';
import { MAX_TABLE } from './protocol.ts';
import type { Table } from './table.ts';

/** A table that no data plane would take, and the service that has the largest part in it. */
export interface TooLarge {
  /** As JSON. */
  readonly bytes: number;
  readonly limit: number;
  readonly service: ServiceKey;
  /** Of that service alone. */
  readonly part: number;
  readonly routes: number;
}

/**
 * Undefined if it may be published.
 * @param bytes of the table as JSON
 */
export function tooLarge(table: Omit<Table, 'id'>, bytes: number, limit = MAX_TABLE): TooLarge | undefined {
  if (bytes <= limit) return undefined;
  const parts = partsOf(table);
  const [largest] = [...parts].sort(([a, x], [b, y]) => y.bytes - x.bytes || (a < b ? -1 : 1));
  if (!largest) return undefined;
  const [service, { bytes: part, routes }] = largest;
  return { bytes, limit, service, part, routes };
}

interface Part {
  bytes: number;
  routes: number;
}

function partsOf({ pools, routes, targets, names }: Omit<Table, 'id'>): ReadonlyMap<ServiceKey, Part> {
  const parts = new Map<ServiceKey, Part>();
  const services = new Map(pools.map(({ name, service }) => [name, service]));
  const add = (service: string, what: object, routed: number): void => {
    const part = parts.get(service as ServiceKey) ?? { bytes: 0, routes: 0 };
    parts.set(service as ServiceKey, { bytes: part.bytes + sizeOf(what), routes: part.routes + routed });
  };
  for (const pool of pools) add(pool.service, pool, 0);
  for (const route of routes) add(services.get(route.pool) ?? route.pool, route, 1);
  for (const target of targets) add(target.service, target, 0);
  for (const one of names?.services ?? []) add(serviceKey(one.project, one.name), one, 0);
  return parts;
}

const sizeOf = (what: object): number => JSON.stringify(what).length;

/**
 * Why routes stay as they were, and whose doing it is.
 * @param mayKnow a project whose services may be named to who reads it
 */
export function explainTooLarge(
  { bytes, limit, service, part, routes }: TooLarge,
  mayKnow: (project: string) => boolean,
): string {
  const [project = ''] = service.split('/');
  const cause = mayKnow(project) ? service : 'a service of another project';
  const what = mayKnow(project) ? `: ${inMegabytes(part)} MB for ${routes} routes` : '';
  return `the routing table has ${inMegabytes(bytes)} MB, and a data plane takes ${inMegabytes(limit)}, so all routes stay as they were; ${cause} has the largest part in it${what}`;
}

const inMegabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);
