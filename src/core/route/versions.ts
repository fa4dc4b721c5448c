import { isTable } from './messages.ts';
import type { Pool, Route, Table } from './table.ts';

/**
 * What tables looked like in earlier versions of the control protocol. Version 1 named the pools of each route in the
 * route; they stand in a table once since version 2. A data plane that was started by an earlier orca runs on after an
 * upgrade, and its last table is kept on disk.
 */
export const EARLIEST_PROTOCOL = 1;

type Version1Route = Omit<Route, 'pool'> & Pick<Pool, 'service'> & { readonly pools: Pool['shares'] };
export type Version1Table = Pick<Table, 'id' | 'targets'> & { readonly routes: readonly Version1Route[] };

/** A table of any version as one of now; undefined where it is none. */
export function readTable(value: unknown): Table | undefined {
  if (isTable(value)) return value;
  const upgraded = upgrade(value);
  return isTable(upgraded) ? upgraded : undefined;
}

/** As a data plane of that version reads it. */
export const tableFor = (protocol: number, table: Table): Table | Version1Table =>
  protocol === 1 ? asVersion1(table) : table;

function asVersion1({ id, pools, routes, targets }: Table): Version1Table {
  const byName = new Map(pools.map((pool) => [pool.name, pool]));
  return {
    id,
    targets,
    routes: routes.map(({ pool, ...route }) => {
      const { service = pool, shares = [] } = byName.get(pool) ?? {};
      return { ...route, service, pools: shares };
    }),
  };
}

/** All routes of a service had the same pools. */
function upgrade(value: unknown): unknown {
  if (!isRecord(value) || !Array.isArray(value['routes'])) return undefined;
  const old: readonly unknown[] = value['routes'];
  const pools = new Map(old.filter(isRecord).map(({ service, pools: shares }) => [service, shares]));
  return {
    id: value['id'],
    pools: Array.from(pools, ([service, shares]) => ({ name: service, service, shares })),
    routes: old.map((route) => (isRecord(route) ? upgradeRoute(route) : route)),
    targets: value['targets'],
  };
}

type Fields = Readonly<Record<string, unknown>>;

const upgradeRoute = ({ host, path, stripPrefix, service }: Fields): Fields => ({
  host,
  path,
  stripPrefix,
  pool: service,
});

const isRecord = (v: unknown): v is Fields => typeof v === 'object' && v !== null && !Array.isArray(v);
