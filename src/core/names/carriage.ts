import type { FarTasks, NamedService, NamedTask, Names } from './names.ts';
import { carriedAt } from './service-addresses.ts';

/** Where a data plane listens for connections to a service: by its address, for one of its ports. */
export interface CarriedPlace {
  readonly address: string;
  readonly listen: number;
  readonly port: number;
  /** `project/name` */
  readonly service: string;
}

/** Where a connection may be carried to. */
export interface Ways {
  readonly others: readonly FarTasks[];
  /** Tasks of this node, for who keeps to an address though the service has moved here. */
  readonly own: readonly NamedTask[];
}

/** What becomes of connections between services of different nodes, by one table. */
export interface Carriage {
  readonly places: readonly CarriedPlace[];
  /** The project that an address on the edge speaks for; undefined: nobody's. */
  projectOf(asker: string): string | undefined;
  /** Undefined: the project is not told of the service, or there is none. */
  ways(project: string, service: string): Ways | undefined;
  /** Tasks of this node that a connection of another node's may be given to; undefined: the project may not, or no such port is carried. */
  takes(project: string, service: string, port: number): readonly NamedTask[] | undefined;
  /** The service is there, and the project may not connect to it, or no longer. */
  isDenied(project: string, service: string): boolean;
}

/** Whether names are told and whether connections are carried is one rule: `to` and the own project. */
export function createCarriage(names: Names | undefined): Carriage {
  const services = new Map((names?.services ?? []).map((one) => [`${one.project}/${one.name}`, one]));
  const askers = new Map((names?.projects ?? []).flatMap(({ project, askers }) => askers.map((one) => [one, project])));

  const told = (project: string, service: string): NamedService | undefined => {
    const found = services.get(service);
    return found && (found.project === project || found.to.includes(project)) ? found : undefined;
  };

  return {
    places: [...services].flatMap(([service, { far }]) =>
      (far?.ports ?? []).map((port) => ({ address: far?.address ?? '', listen: carriedAt(port), port, service })),
    ),
    projectOf: (asker) => askers.get(asker),
    ways(project, service) {
      const found = told(project, service);
      return found && { others: found.far?.others ?? [], own: withEdge(found) };
    },
    takes(project, service, port) {
      const found = told(project, service);
      return found?.far?.ports.includes(port) ? withEdge(found) : undefined;
    },
    isDenied: (project, service) => services.has(service) && told(project, service) === undefined,
  };
}

const withEdge = ({ tasks }: NamedService): readonly NamedTask[] => tasks.filter(({ edge }) => edge !== undefined);
