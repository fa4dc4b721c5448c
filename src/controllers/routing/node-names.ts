import { createEach } from '../../core/makings.ts';
import { serviceKey } from '../../core/model/service.ts';
import { type BuildNames, type BuiltNames, rememberNames } from '../../core/names/build-names.ts';
import type { RoutedService } from '../../core/route/build-table.ts';
import type { State } from '../../store/state.ts';
import type { World } from '../world.ts';

export interface NodeNamesOptions {
  readonly state: Pick<State, 'nodes'>;
  readonly world: Pick<World, 'containers'>;
  readonly clock: { now(): number };
}

/** What those are told who ask on one node: of its own tasks, until names lead further. The same object while that is the same. */
export type NodeNames = (services: readonly RoutedService[]) => Promise<BuiltNames>;

/** @param node its id */
export function createNodeNames({ state, world, clock }: NodeNamesOptions, node: string): NodeNames {
  const cut = createEach<RoutedService, RoutedService>({
    subjectOf: ({ service }) => serviceKey(service.project, service.name),
    make: (routed) => partOn(node, routed),
  });
  const build: BuildNames = rememberNames();

  return async (services) => {
    const { edge, networks = NONE } = (await state.nodes.get(node))?.value ?? {};
    if (!edge) return { names: undefined };
    const containers = world.containers(node) ?? [];
    return build(cut(services), { subnet: edge.subnet, networks, containers, now: clock.now() });
  };
}

/** The same object each time. */
const NONE = {};

function partOn(node: string, routed: RoutedService): RoutedService {
  const tasks = routed.tasks.filter(({ task }) => task.node === node);
  return tasks.length === routed.tasks.length ? routed : { ...routed, tasks };
}
