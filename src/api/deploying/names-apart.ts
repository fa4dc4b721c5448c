import type { PlannedService } from '../../contract/plan.ts';
import { type ServiceKey, serviceKey } from '../../core/model/service.ts';
import type { RoomInTime } from './require-place.ts';

/** A service with the nodes that have tasks of it, by name. */
export interface Whereabouts {
  readonly key: ServiceKey;
  readonly project: string;
  readonly name: string;
  readonly nodes: ReadonlySet<string>;
}

/**
 * Who is not found where others of its project run: a name leads to tasks of the asker's own node only. A sentence for each of the
 * services that are asked for.
 */
export function namesApart(all: readonly Whereabouts[], asked: ReadonlySet<ServiceKey>): readonly string[] {
  return all
    .filter(({ key, nodes }) => asked.has(key) && nodes.size > 0)
    .flatMap((service) => {
      const others = all.filter(({ key, project }) => project === service.project && key !== service.key);
      const lonely = new Set(others.flatMap(({ nodes }) => [...nodes]).filter((node) => !service.nodes.has(node)));
      if (lonely.size === 0) return [];
      const names = [...lonely].sort().join(', ');
      return [
        `${service.name}: other services of ${service.project} on ${names} do not find it by its name, which leads to tasks of their own node only`,
      ];
    });
}

/** The same of what a plan comes to, beside what runs. Of a cluster of one node nobody is apart. */
export function apart(
  room: RoomInTime | undefined,
  planned: readonly Pick<PlannedService, 'project' | 'name' | 'placement'>[],
): readonly string[] {
  if (!room || room.cluster.nodes.length < 2) return [];
  const nameOf = (node: string) => room.cluster.node(node)?.name ?? node;
  const keyOf = ({ project, name }: Pick<PlannedService, 'project' | 'name'>) => serviceKey(project, name);
  const coming = new Map(planned.map((one) => [keyOf(one), one.placement.map(({ node }) => node)]));
  const all = new Map([...room.services.map(({ service }) => service), ...planned].map((one) => [keyOf(one), one]));
  const where = [...all].map(([key, { project, name }]) => {
    const there = [...room.ledger.ofService(key).keys()].map(nameOf);
    return { key, project, name, nodes: new Set([...there, ...(coming.get(key) ?? [])]) };
  });
  return namesApart(where, new Set(coming.keys()));
}
