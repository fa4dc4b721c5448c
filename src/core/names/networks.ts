/** What decides on which networks the tasks of a service are. */
export interface Neighbour {
  readonly project: string;
  readonly name: string;
  /** Other projects whose services reach it by its name: those named, or all. */
  readonly internal?: Internal | undefined;
}

export type Internal = true | readonly string[];

/**
 * The networks beside the edge that the tasks of a service are on, by key, sorted. None for a service that has nobody to
 * speak to: a second network costs each start.
 *
 * - `shop`: the network of the project, where it has more than one service
 * - `shop.web.billing`: on which the services of `billing` reach `shop/web`; one for each such pair, as all that is on one
 *   network reach each other
 *
 * @param all services that are not being removed, itself included
 */
export function networksOf(service: Pick<Neighbour, 'project' | 'name'>, all: readonly Neighbour[]): readonly string[] {
  const { project, name } = service;
  const keys = new Set<string>();
  for (const other of all) {
    if (other.project === project && other.name !== name) keys.add(project);
    for (const granted of grantsOf(other, all)) {
      const isEnd = granted === project || (other.project === project && other.name === name);
      if (isEnd) keys.add(pairKey(other, granted));
    }
  }
  return [...keys].sort();
}

/** The network on which the services of one project reach a service of another. */
export const pairKey = ({ project, name }: Pick<Neighbour, 'project' | 'name'>, granted: string): string =>
  `${project}.${name}.${granted}`;

/** Other projects that a service is reached by. One without services has no part in it. */
export function grantsOf({ project, internal }: Neighbour, all: readonly Neighbour[]): readonly string[] {
  if (internal === undefined || (internal !== true && internal.length === 0)) return [];
  const others = new Set(all.map((one) => one.project).filter((one) => one !== project));
  return [...others].filter((one) => internal === true || internal.includes(one)).sort();
}

/** The project or pair's network, as Docker knows it; `orca-ID-edge` is the edge. */
export const networkName = (cluster: string, key: string): string => `orca-${cluster}.${key}`;
