import { createEach, createMakings } from '../../core/makings.ts';
import { serviceKey } from '../../core/model/service.ts';
import { type BuildNames, type BuiltNames, rememberNames } from '../../core/names/build-names.ts';
import type { NamedRouted, Reach } from '../../core/names/far.ts';
import type { RoutedService } from '../../core/route/build-table.ts';
import { type RelayNode, reachedFrom, type Through } from '../../core/route/peers.ts';
import type { State } from '../../store/state.ts';
import type { World } from '../world.ts';

/** How names lead to other nodes. */
export interface FarNames {
  /** Of services, by key; the same object while they are the same. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly relays: readonly RelayNode[];
}

export interface NodeNamesOptions {
  readonly state: Pick<State, 'nodes'>;
  readonly world: Pick<World, 'containers'>;
  readonly clock: { now(): number };
  readonly through?: Through | undefined;
}

/**
 * What those are told who ask on one node: of its own tasks, and that there are others elsewhere. The same object while that is the
 * same.
 *
 * @param far undefined: there are no other nodes
 */
export type NodeNames = (services: readonly RoutedService[], far: FarNames | undefined) => Promise<BuiltNames>;

/** @param node its id */
export function createNodeNames({ state, world, clock, through }: NodeNamesOptions, node: string): NodeNames {
  const cut = createEach<RoutedService, NamedRouted>({
    subjectOf: ({ service }) => serviceKey(service.project, service.name),
    make: (routed) => partOn(node, routed),
  });
  const reaches = createMakings<Reach | undefined>();
  const build: BuildNames = rememberNames();

  const reachBy = ({ addresses, relays }: FarNames): Reach | undefined =>
    reaches.make('here', [addresses, relays], () => {
      const nodes = new Set(reachedFrom(node, relays, through));
      return nodes.size > 0 ? { addresses, nodes } : undefined;
    });

  return async (services, far) => {
    const { edge, networks = NONE } = (await state.nodes.get(node))?.value ?? {};
    if (!edge) return { names: undefined };
    const containers = world.containers(node) ?? [];
    const reach = far && reachBy(far);
    return build(cut(services), { subnet: edge.subnet, networks, containers, now: clock.now(), far: reach });
  };
}

/** The same object each time. */
const NONE = {};

function partOn(node: string, routed: RoutedService): NamedRouted {
  const tasks = routed.tasks.filter(({ task }) => task.node === node);
  const elsewhere = routed.tasks.filter(({ task }) => task.node !== node);
  return elsewhere.length === 0 ? routed : { ...routed, tasks, elsewhere };
}
