import { type Names, namedTasks } from '../core/names/names.ts';
import { type ApiRoute, withApiRoute } from '../core/route/api-route.ts';
import type { RoutedService } from '../core/route/build-table.ts';
import { cutTable } from '../core/route/cut-table.ts';
import { routedTasks, type Table, type TableId } from '../core/route/table.ts';
import type { Tables } from './ingress/links.ts';

/** What the data planes are to serve, not yet divided between them. */
export interface Whole {
  readonly routes: Omit<Table, 'id' | 'names'>;
  /** By node; undefined where nobody has anybody to speak to. */
  readonly names: ReadonlyMap<string, Names | undefined>;
  /** It listens on the master's own machine. */
  readonly api: ApiRoute | undefined;
}

/** @param own id of the master's own machine */
export function nodeTables(id: TableId, whole: Whole, services: readonly RoutedService[], own: string): Tables {
  const nodes = new Map(services.flatMap(({ tasks }) => tasks.map(({ task }) => [task.id, task.node] as const)));
  const tables = new Map<string, Table>();
  const make = (node: string): Table => {
    const cut = cutTable(whole.routes, (task) => nodes.get(task) === node);
    const names = whole.names.get(node);
    return { id, ...withApiRoute(cut, node === own ? whole.api : undefined), ...(names && { names }) };
  };
  return {
    listed: new Set([...routedTasks(whole.routes), ...[...whole.names.values()].flatMap(namedTasks)]),
    of(node) {
      const table = tables.get(node) ?? make(node);
      tables.set(node, table);
      return table;
    },
  };
}
