import type { ServiceSpec } from '../model/service-spec.ts';

type Depending = Pick<ServiceSpec, 'name' | 'project' | 'dependsOn'>;

/** Names of the services that a service depends on. They are of its own project. */
export const dependenciesOf = ({ dependsOn }: Pick<ServiceSpec, 'dependsOn'>): readonly string[] =>
  Object.keys(dependsOn ?? {});

/**
 * The way from a service back to itself, by name, it first and last; undefined if there is none.
 *
 * @param find what a service of that name depends on; nothing for one that is unknown
 */
export function cycleFrom(start: string, find: (name: string) => readonly string[]): readonly string[] | undefined {
  const seen = new Set<string>();
  const walk = (name: string, way: readonly string[]): readonly string[] | undefined => {
    for (const next of find(name)) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...way, next]);
      if (found) return found;
    }
    return undefined;
  };
  return walk(start, [start]);
}

/** Each after those it depends on, otherwise as they stand; within a cycle, as they stand. */
export function inOrder<T>(items: readonly T[], specOf: (item: T) => Depending): readonly T[] {
  const keyOf = ({ project }: Depending, name: string) => `${project}/${name}`;
  const byName = new Map(items.map((item) => [keyOf(specOf(item), specOf(item).name), item]));
  const ordered = new Set<T>();
  const entered = new Set<T>();
  const visit = (item: T): void => {
    if (entered.has(item)) return;
    entered.add(item);
    const spec = specOf(item);
    for (const name of dependenciesOf(spec)) {
      const other = byName.get(keyOf(spec, name));
      if (other !== undefined) visit(other);
    }
    ordered.add(item);
  };
  items.forEach(visit);
  return [...ordered];
}

/** `web -> db -> web` */
export const cycleText = (cycle: readonly string[]): string => cycle.join(' -> ');
