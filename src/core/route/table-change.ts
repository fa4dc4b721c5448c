import type { NamedProject, NamedService, Names } from '../names/names.ts';
import { isRecord } from './checks.ts';
import { applyChange, changeOf, isListChange, type ListChange } from './list-change.ts';
import { compareTables, type Pool, type Route, type Table, type TableId, type Target } from './table.ts';

/** How a table became a later one: of many services few change at a time. */
export interface TableChange {
  /** Of which table it is a change. */
  readonly from: TableId;
  /** All that is no list of many, and its id. */
  readonly rest: Omit<Table, 'pools' | 'routes' | 'targets' | 'names'>;
  readonly pools: ListChange<Pool>;
  readonly routes: ListChange<Route>;
  readonly targets: ListChange<Target>;
  /** Left out if there are none. */
  readonly names?: NamesChange | undefined;
}

/** Beginning with no names at all where there were none. */
interface NamesChange {
  readonly subnet: string;
  readonly projects: ListChange<NamedProject>;
  readonly services: ListChange<NamedService>;
}

/** What is the same in both is to be the same object: anything else is told as changed. */
export function changeBetween(before: Table, after: Table): TableChange {
  const { pools, routes, targets, names, ...rest } = after;
  return {
    from: before.id,
    rest,
    pools: changeOf(before.pools, pools),
    routes: changeOf(before.routes, routes),
    targets: changeOf(before.targets, targets),
    ...(names && { names: namesBetween(before.names, names) }),
  };
}

const namesBetween = (before: Names | undefined, { subnet, projects, services }: Names): NamesChange => ({
  subnet,
  projects: changeOf(before?.projects ?? [], projects),
  services: changeOf(before?.services ?? [], services),
});

/** Undefined if it is a change of another table. What came with the change is not looked at: see `createTableCheck`. */
export function applyTableChange(before: Table, change: TableChange): Table | undefined {
  const { cluster } = before.id;
  if (change.from.cluster !== cluster || compareTables(change.from, before.id) !== 0) return undefined;
  const pools = applyChange(before.pools, change.pools);
  const routes = applyChange(before.routes, change.routes);
  const targets = applyChange(before.targets, change.targets);
  const names = change.names && namesAfter(before.names, change.names);
  if (!pools || !routes || !targets || (change.names && !names)) return undefined;
  return { ...change.rest, pools, routes, targets, ...(names && { names }) };
}

function namesAfter(before: Names | undefined, change: NamesChange): Names | undefined {
  const projects = applyChange(before?.projects ?? [], change.projects);
  const services = applyChange(before?.services ?? [], change.services);
  return projects && services && { subnet: change.subnet, projects, services };
}

/** In its shape; its items may be anything. */
export const isTableChange = (v: unknown): v is TableChange =>
  isRecord(v) &&
  isRecord(v['from']) &&
  isRecord(v['rest']) &&
  ['pools', 'routes', 'targets'].every((list) => isListChange(v[list])) &&
  (v['names'] === undefined || isNamesChange(v['names']));

const isNamesChange = (v: unknown): boolean =>
  isRecord(v) && ['projects', 'services'].every((list) => isListChange(v[list]));
