import type { NamedService, NamedTask, Names } from './names.ts';

/**
 * - `tasks`: the name is known to the asker; these may be told, once ready
 * - `unknown`: it would be one of the cluster's, and there is none such for the asker
 * - `elsewhere`: not the cluster's: whoever answers for the rest of the world is asked
 */
export type Found =
  | { readonly kind: 'tasks'; readonly tasks: readonly Told[] }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'elsewhere' };

export interface Told extends Pick<NamedTask, 'task' | 'probed'> {
  readonly address: string;
}

export type Lookup = (asker: string, name: string) => Found;

const DOMAIN = '.internal';
const ELSEWHERE: Found = { kind: 'elsewhere' };
const UNKNOWN: Found = { kind: 'unknown' };

/**
 * What a name means to whoever asks. Names outside of the cluster's projects are left alone, `.internal` ones too: clouds have
 * their own there, such as `metadata.google.internal`.
 */
export function createLookup(names: Names | undefined): Lookup {
  const askers = new Map(names?.projects.flatMap(({ project, askers }) => askers.map((one) => [one, project])) ?? []);
  const services = new Map(names?.services.map((service) => [fullName(service), service]) ?? []);
  const projects = new Set(names?.projects.map(({ project }) => project) ?? []);

  return (asker, asked) => {
    const project = askers.get(asker);
    if (project === undefined) return ELSEWHERE;
    const name = asked.toLowerCase();
    const full = name.includes('.') ? name : `${name}.${project}${DOMAIN}`;
    const service = services.get(full);
    if (service && isToldTo(service, project)) return { kind: 'tasks', tasks: toldTo(service, project) };
    return full === name && projects.has(projectIn(name)) ? UNKNOWN : ELSEWHERE;
  };
}

const fullName = ({ name, project }: NamedService): string => `${name}.${project}${DOMAIN}`;

const isToldTo = (service: NamedService, project: string): boolean =>
  service.project === project || service.to.includes(project);

const toldTo = ({ tasks }: NamedService, project: string): readonly Told[] =>
  tasks.flatMap(({ task, probed, addresses }) => {
    const address = addresses[project];
    return address === undefined ? [] : [{ task, probed, address }];
  });

/** `shop` in `web.shop.internal` and in `a.web.shop.internal`; `` in what is no such name. */
const projectIn = (name: string): string =>
  name.endsWith(DOMAIN) && name.split('.').length > 2 ? (name.slice(0, -DOMAIN.length).split('.').at(-1) ?? '') : '';
