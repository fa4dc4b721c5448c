import { alikeAsText, createEach, createMakings } from '../makings.ts';
import { type ContainerView, LABEL } from '../model/container.ts';
import { serviceKey } from '../model/service.ts';
import type { RoutedService, RoutedTask } from '../route/build-table.ts';
import { farOf, isToldOf, type NamedRouted, type Reach } from './far.ts';
import { neighbourOf } from './granted.ts';
import type { NamedProject, NamedService, NamedTask, Names } from './names.ts';
import { createNeighbourhood, type Neighbour, type Neighbourhood, pairKey } from './networks.ts';
import { isUp, readyAt } from './up.ts';

export interface Naming {
  /** Of the edge. */
  readonly subnet: string;
  /** Docker's names of further networks, by key. */
  readonly networks: Readonly<Record<string, { readonly network: string }>>;
  /** Containers that are there, whatever they are for: one that runs a command once asks for names, too. */
  readonly containers: readonly Pick<ContainerView, 'address' | 'labels'>[];
  readonly now: number;
  /** Undefined: names lead to tasks of the node itself alone. */
  readonly far?: Reach | undefined;
}

export interface BuiltNames {
  /** Undefined where no service has anybody to speak to. */
  readonly names: Names | undefined;
  /** When time alone makes a task ready that has no probe. Epoch ms. */
  readonly wakeAt?: number | undefined;
}

/** Who may be told which names, for what is wanted and observed now. */
export const buildNames: BuildNames = (services, naming) => rememberNames()(services, naming);

export type BuildNames = (services: readonly NamedRouted[], naming: Naming) => BuiltNames;

type IsNamed = (services: readonly RoutedService[]) => readonly boolean[];

/** The same, again and again: only what has changed since the last time is made anew, and what is as it was is the same object. */
export function rememberNames(): BuildNames {
  const neighboursOf = createEach<RoutedService, Neighbour>({
    subjectOf: keyOf,
    make: neighbourOf,
    areAlike: alikeAsText,
  });
  const lists = createMakings<readonly RoutedService[]>();
  let isNamedBy: { readonly around: Neighbourhood; readonly of: IsNamed } | undefined;
  const arounds = createMakings<Neighbourhood>();
  const projects = createMakings<NamedProject>(alikeAsText);
  const services = createMakings<NamedService>(alikeAsText);
  const whole = createMakings<Names>();

  const serviceNamed = (routed: NamedRouted, around: Neighbourhood, naming: Naming): NamedService => {
    const up = [...routed.tasks, ...(routed.elsewhere ?? [])].map((one) => isUp(one, naming.now));
    const far = [naming.far?.addresses.get(keyOf(routed)), naming.far?.nodes];
    return services.make(keyOf(routed), [routed, around, naming.networks, ...far, ...up], () =>
      serviceOf(routed, around, naming),
    );
  };

  const projectsOf = (named: readonly RoutedService[], containers: Naming['containers']): readonly NamedProject[] =>
    askersIn(named, containers).map(([project, askers]) =>
      projects.make(project, askers, () => ({ project, askers: sorted(askers) })),
    );

  const namedOf = (all: readonly RoutedService[], around: Neighbourhood): readonly RoutedService[] => {
    if (isNamedBy?.around !== around)
      isNamedBy = { around, of: createEach({ subjectOf: keyOf, make: (one) => isNamed(one, around) }) };
    const isNamedAt = isNamedBy.of(all);
    return lists.make('all', all, () => all.filter((_, at) => isNamedAt[at]).sort(byKey));
  };

  const forget = ({ services: named = [], projects: askers = [] }: Partial<Names> = {}) => {
    services.retain(named.length, () => new Set(named.map(({ project, name }) => serviceKey(project, name))));
    projects.retain(askers.length, () => new Set(askers.map(({ project }) => project)));
  };

  return (all, naming) => {
    const known = neighboursOf(all);
    const around = arounds.make('all', known, () => createNeighbourhood(known));
    const named = namedOf(all, around);
    const { subnet } = naming;
    const names =
      named.length === 0
        ? undefined
        : {
            subnet,
            projects: projectsOf(named, naming.containers),
            services: named.map((routed) => serviceNamed(routed, around, naming)),
          };
    forget(names);
    if (!names) return { names };
    const made = whole.make('all', [subnet, ...names.projects, '', ...names.services], () => names);
    return { names: made, wakeAt: wakeAt(named, naming.now) };
  };
}

function wakeAt(named: readonly NamedRouted[], now: number): number | undefined {
  const all = named.flatMap(({ tasks, elsewhere = [] }) => [...tasks, ...elsewhere]);
  const later = all.flatMap((one) => readyAt(one) ?? []).filter((at) => at > now);
  return later.length > 0 ? Math.min(...later) : undefined;
}

const keyOf = ({ service }: RoutedService): string => serviceKey(service.project, service.name);

/** Also one whose neighbours have gone: until its tasks are replaced, planners wait for tables to name those that are on a network. */
const isNamed = ({ service, tasks }: RoutedService, { networksOf }: Neighbourhood): boolean =>
  networksOf(service).length > 0 || tasks.some(({ task }) => Object.keys(task.networks ?? {}).length > 0);

const byKey = ({ service: a }: RoutedService, { service: b }: RoutedService): number =>
  a.project < b.project || (a.project === b.project && a.name < b.name) ? -1 : 1;

/** An asker is known before its container starts, and for as long as the container may be there. */
function askersIn(
  named: readonly RoutedService[],
  containers: Naming['containers'],
): readonly (readonly [project: string, addresses: readonly string[]])[] {
  const others = Map.groupBy(containers, ({ labels }) => labels[LABEL.project]);
  const projects = Map.groupBy(named, ({ service }) => service.project);
  return Array.from(projects, ([project, services]) => [
    project,
    [
      ...services.flatMap(({ tasks }) => tasks.map(({ task }) => task.address)),
      ...(others.get(project) ?? []).flatMap(({ address }) => address ?? []),
    ],
  ]);
}

const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();

function serviceOf(routed: NamedRouted, { grantsOf }: Neighbourhood, naming: Naming): NamedService {
  const { project, name } = routed.service;
  const to = grantsOf(routed.service);
  const keys = new Map([[project, project], ...to.map((one) => [one, pairKey(project, one)] as const)]);
  const tasks = routed.tasks.filter((one) => isToldOf(routed, one, naming.now));
  const far = farOf(routed, naming.far, naming.now);
  return {
    project,
    name,
    to,
    tasks: tasks
      .flatMap((one) => namedTask(one, keys, naming))
      .map((named) => (far ? { ...named, edge: edgeOf(tasks, named) } : named))
      .sort((a, b) => (a.task < b.task ? -1 : 1)),
    ...(far && { far }),
  };
}

const edgeOf = (tasks: readonly RoutedTask[], { task: id }: NamedTask): string | undefined =>
  tasks.find(({ task }) => task.id === id)?.task.address;

/**
 * Only where its container is seen to be on the network, at the address that is its own there. Who asks others by their names
 * may be found by nobody, and is named all the same.
 */
function namedTask(
  { task, spec, container }: RoutedTask,
  keys: ReadonlyMap<string, string>,
  { networks }: Naming,
): readonly NamedTask[] {
  const seen = Object.entries(task.networks ?? {}).filter(
    ([key, address]) => container?.networks?.[networks[key]?.network ?? ''] === address,
  );
  if (seen.length === 0) return [];
  const found = new Map(seen);
  const addresses = Object.fromEntries([...keys].flatMap(([seer, key]) => addressFor(seer, found.get(key))));
  return [{ task: task.id, probed: spec.port !== undefined, addresses }];
}

const addressFor = (seer: string, address: string | undefined): readonly (readonly [string, string])[] =>
  address === undefined ? [] : [[seer, address]];
