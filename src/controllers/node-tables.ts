import { sameItems } from '../core/makings.ts';
import { type Names, namedTasks } from '../core/names/names.ts';
import { type ApiRoute, withApiRoute } from '../core/route/api-route.ts';
import { joinParts, type TablePart } from '../core/route/build-table.ts';
import { cutTable } from '../core/route/cut-table.ts';
import type { Table, TableId } from '../core/route/table.ts';
import type { Tables } from './ingress/links.ts';
import type { Part } from './routing/parts.ts';

/** What the data planes are to serve, not yet divided between them. */
export interface Whole {
  /** A service each. */
  readonly parts: readonly Part[];
  /** By node; undefined where nobody has anybody to speak to. */
  readonly names: ReadonlyMap<string, Names | undefined>;
  /** It listens on the master's own machine. */
  readonly api: ApiRoute | undefined;
}

/** @param own id of the master's own machine */
export function createNodeTables(own: string): (id: TableId, whole: Whole) => Tables {
  const cuts = new WeakMap<Part, Map<string, TablePart>>();

  const cut = (part: Part, node: string): TablePart => {
    const known = cuts.get(part) ?? new Map<string, TablePart>();
    const found = known.get(node) ?? cutTable<TablePart>(part, (task) => part.nodes.get(task) === node);
    known.set(node, found);
    cuts.set(part, known);
    return found;
  };

  return (id, { parts, names, api }) => {
    const tables = new Map<string, Table>();
    const make = (node: string): Table => {
      const routes = joinParts(parts.map((part) => cut(part, node)));
      const here = names.get(node);
      return { id, ...withApiRoute(routes, node === own ? api : undefined), ...(here && { names: here }) };
    };
    return {
      listed: listedIn(parts, names),
      of(node) {
        const table = tables.get(node) ?? make(node);
        tables.set(node, table);
        return table;
      },
    };
  };
}

function listedIn(parts: readonly Part[], names: Whole['names']): ReadonlySet<string> {
  const listed = new Set<string>();
  for (const { routed } of parts) for (const task of routed) listed.add(task);
  for (const one of names.values()) for (const task of namedTasks(one)) listed.add(task);
  return listed;
}

/** What is made of them is alike: each thing is the same object as long as it is the same. */
export const isSameWhole = (a: Whole, b: Whole): boolean =>
  sameItems(a.parts, b.parts) && sameItems([...a.names].flat(), [...b.names].flat()) && isSameApi(a.api, b.api);

const isSameApi = (a: ApiRoute | undefined, b: ApiRoute | undefined): boolean =>
  a?.host === b?.host && a?.path === b?.path && a?.address === b?.address && a?.port === b?.port;
