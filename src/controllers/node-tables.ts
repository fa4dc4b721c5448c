import { sameItems } from '../core/makings.ts';
import { type Names, namedTasks } from '../core/names/names.ts';
import { type ApiRoute, withApiRoute } from '../core/route/api-route.ts';
import { joinParts, type TablePart } from '../core/route/build-table.ts';
import { cutTable } from '../core/route/cut-table.ts';
import { peersOf, type RelayNode } from '../core/route/peers.ts';
import type { PeerPlane, Table, TableId } from '../core/route/table.ts';
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
  /** Nodes whose data planes take requests of others. The same list while they are the same. */
  readonly relays: readonly RelayNode[];
}

/**
 * @param own id of the master's own machine
 * @param through see `peersOf`
 */
export function createNodeTables(
  own: string,
  through?: (node: string) => string | undefined,
): (id: TableId, whole: Whole) => Tables {
  let cuts = new WeakMap<Part, Map<string, TablePart>>();
  let relays: readonly RelayNode[] = [];

  /** @param peers those that requests from outside may be passed on to */
  const cut = (part: Part, node: string, peers: readonly PeerPlane[]): TablePart => {
    const known = cuts.get(part) ?? new Map<string, TablePart>();
    const found = known.get(node) ?? cutFor(part, node, peers);
    known.set(node, found);
    cuts.set(part, known);
    return found;
  };

  return (id, whole) => {
    const { parts, names, api } = whole;
    if (whole.relays !== relays) cuts = new WeakMap();
    relays = whole.relays;
    const tables = new Map<string, Table>();
    const make = (node: string): Table => {
      const here = names.get(node);
      const peers = peersOf(node, relays, { through, named: nodesIn(here) });
      const far = peersOf(node, relays, { through });
      const routes = joinParts(parts.map((part) => cut(part, node, far)));
      return {
        id,
        ...withApiRoute(routes, node === own ? api : undefined),
        ...(here && { names: here }),
        ...(peers.length > 0 && { peers }),
      };
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

/** That names lead to. */
const nodesIn = (names: Names | undefined): ReadonlySet<string> =>
  new Set(names?.services.flatMap(({ far }) => far?.others.map(({ node }) => node) ?? []));

function cutFor(part: Part, node: string, peers: readonly PeerPlane[]): TablePart {
  const reached = new Set(
    peers.flatMap(({ node: id, address, through }) => ((address ?? through) === undefined ? [] : id)),
  );
  const whereabouts = (task: string): string | undefined => {
    const there = part.nodes.get(task);
    return there !== undefined && reached.has(there) ? there : undefined;
  };
  return cutTable<TablePart>(part, (task) => part.nodes.get(task) === node, whereabouts);
}

function listedIn(parts: readonly Part[], names: Whole['names']): ReadonlySet<string> {
  const listed = new Set<string>();
  for (const { routed } of parts) for (const task of routed) listed.add(task);
  for (const one of names.values()) for (const task of namedTasks(one)) listed.add(task);
  return listed;
}

/** What is made of them is alike: each thing is the same object as long as it is the same. */
export const isSameWhole = (a: Whole, b: Whole): boolean =>
  a.relays === b.relays &&
  sameItems(a.parts, b.parts) &&
  sameItems([...a.names].flat(), [...b.names].flat()) &&
  isSameApi(a.api, b.api);

const isSameApi = (a: ApiRoute | undefined, b: ApiRoute | undefined): boolean =>
  a?.host === b?.host && a?.path === b?.path && a?.address === b?.address && a?.port === b?.port;
