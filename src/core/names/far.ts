import { serviceKey } from '../model/service.ts';
import { isRoutedBy, type RoutedService, type RoutedTask } from '../route/build-table.ts';
import type { Far } from './names.ts';
import { carriedPorts } from './service-addresses.ts';
import { isUp } from './up.ts';

/** A service as one node is told of it. */
export interface NamedRouted extends RoutedService {
  /** Its tasks on other nodes; those of this one alone are its `tasks`. */
  readonly elsewhere?: readonly RoutedTask[] | undefined;
}

export interface Reach {
  /** Of services, by key; one without is not found from afar. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Nodes whose data planes are reached from here. */
  readonly nodes: ReadonlySet<string>;
}

/** Whether its service's name leads to it. */
export const isToldOf = (routed: RoutedService, one: RoutedTask, now: number): boolean =>
  isRoutedBy(routed, one.task) && isUp(one, now);

/** Known before any of its tasks is up: who is told of it can be answered at once then. */
export function farOf(routed: NamedRouted, reach: Reach | undefined, now: number): Far | undefined {
  const { target, tasks, elsewhere = [] } = routed;
  const address = reach?.addresses.get(serviceKey(routed.service.project, routed.service.name));
  if (address === undefined) return undefined;
  const all = [...tasks, ...elsewhere];
  const declared = [target.spec, ...all.map(({ spec }) => spec)].flatMap(({ port }) => port ?? []);
  const ports = carriedPorts(
    [...new Set(declared)],
    all.flatMap(({ container }) => container?.ports ?? []),
  );
  const up = elsewhere.filter((one) => isToldOf(routed, one, now));
  const byNode = [...Map.groupBy(up, ({ task }) => task.node)].filter(([node]) => reach?.nodes.has(node));
  const others = byNode.map(([node, there]) => ({ node, tasks: there.length }));
  return { address, ports, others: others.sort((a, b) => (a.node < b.node ? -1 : 1)) };
}
