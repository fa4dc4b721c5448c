/** What decides on which networks the tasks of a service are. */
export interface Neighbour {
  readonly project: string;
  readonly name: string;
  /** Other projects whose services reach it by its name: those named, or all. */
  readonly internal?: Internal | undefined;
  /** It is being removed, or cannot be read: nobody is connected for its sake, nor cut off. */
  readonly isLeaving?: true | undefined;
}

export type Internal = true | readonly string[];

type Name = Pick<Neighbour, 'project' | 'name'>;

/** Who is on which network. */
export interface Neighbourhood {
  /**
   * The networks beside the edge that the tasks of a service are on, by key, sorted. None for a service that has nobody to
   * speak to: a second network costs each start.
   *
   * - `shop`: the network of the project, where it has more than one service
   * - `shop.billing`: on which the services of `billing` reach those services of `shop` that grant it, and no others of `shop`
   */
  networksOf(service: Name): readonly string[];
  /** Other projects that a service is reached by. One without services has no part in it. */
  grantsOf(service: Name): readonly string[];
  /** Whether a container of the service is on a network of two projects that nobody grants it any more. */
  isCutOff(service: Name, key: string): boolean;
  /** All networks that are needed, by key. */
  readonly needed: ReadonlySet<string>;
}

/** @param all services, those that are leaving among them */
export function createNeighbourhood(all: readonly Neighbour[]): Neighbourhood {
  const present = all.filter(({ isLeaving }) => !isLeaving);
  const byProject = Map.groupBy(present, ({ project }) => project);
  const grants = new Map(present.map((one) => [nameOf(one), grantedBy(one, byProject.keys())]));
  const reached = new Map([...byProject.keys()].map((project) => [project, new Set<string>()]));
  for (const { project, name } of present)
    for (const granted of grants.get(nameOf({ project, name })) ?? [])
      reached.get(granted)?.add(pairKey(project, granted));

  const grantsOf: Neighbourhood['grantsOf'] = (service) => grants.get(nameOf(service)) ?? [];
  const networksFor = ({ project, name }: Name): readonly string[] => {
    const hasOthers = byProject.get(project)?.some((other) => other.name !== name) ?? false;
    const given = grantsOf({ project, name }).map((granted) => pairKey(project, granted));
    return [...(hasOthers ? [project] : []), ...given, ...(reached.get(project) ?? [])].sort();
  };
  // By both names, without making one of them: it is asked of thousands of tasks, again and again.
  const networks = new Map(
    Array.from(byProject, ([project, own]) => [project, new Map(own.map((one) => [one.name, networksFor(one)]))]),
  );
  const networksOf: Neighbourhood['networksOf'] = ({ project, name }) =>
    networks.get(project)?.get(name) ?? networksFor({ project, name });
  return {
    networksOf,
    grantsOf,
    isCutOff: ({ project, name }, key) => {
      const [granting, granted] = key.split('.');
      if (granted === undefined) return false;
      const givers = all.filter((one) => one.project === granting && (project !== granting || one.name === name));
      return !givers.some(({ internal }) => gives(internal, granted));
    },
    needed: new Set([...networks.values()].flatMap((own) => [...own.values()].flat())),
  };
}

const nameOf = ({ project, name }: Name): string => `${project}/${name}`;

/** The network on which the services of one project reach those of another that grant it. No name has a dot. */
export const pairKey = (granting: string, granted: string): string => `${granting}.${granted}`;

/** Whether a project is among those that a service grants its name. */
export const gives = (internal: Internal | undefined, project: string): boolean =>
  internal === true || (internal?.includes(project) ?? false);

function grantedBy({ project, internal }: Neighbour, projects: Iterable<string>): readonly string[] {
  if (internal === undefined) return [];
  return [...projects].filter((one) => one !== project && gives(internal, one)).sort();
}

/** The project or pair's network, as Docker knows it; `orca-ID-edge` is the edge. */
export const networkName = (cluster: string, key: string): string => `orca-${cluster}.${key}`;
