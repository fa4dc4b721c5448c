import type { NamedService, NamedTask, Names } from './names.ts';

/**
 * - `tasks`: the name is known to the asker; these may be told, once ready, and behind them the address that leads to those of other nodes
 * - `unknown`: it would be one of the cluster's, and there is none such for the asker
 * - `elsewhere`: not the cluster's: whoever answers for the rest of the world is asked
 */
export type Found =
  | { readonly kind: 'tasks'; readonly tasks: readonly Told[]; readonly far?: string | undefined }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'elsewhere' };

export interface Told extends Pick<NamedTask, 'task' | 'probed'> {
  readonly address: string;
}

export type Lookup = (asker: string, name: string) => Found;

const DOMAIN = 'internal';
const ELSEWHERE: Found = { kind: 'elsewhere' };
const UNKNOWN: Found = { kind: 'unknown' };
/** There is something below such a name, so it exists, and has no address. RFC 8020 */
const EMPTY: Found = { kind: 'tasks', tasks: [] };

/**
 * What a name means to whoever asks. `.internal` is for private use, and here it is the cluster's: whatever stands below it is
 * answered here, so that nobody outside is told, or tells, the names of services. Clouds have zones of their own there.
 */
export function createLookup(names: Names | undefined): Lookup {
  const askers = new Map(names?.projects.flatMap(({ project, askers }) => askers.map((one) => [one, project])) ?? []);
  const services = new Map(names?.services.map((service) => [fullName(service), service]) ?? []);
  const projects = new Set(names?.projects.map(({ project }) => project) ?? []);

  const byProject = Map.groupBy(names?.services ?? [], ({ project }) => `${project}.${DOMAIN}`);

  const isAbove = (name: string, project: string | undefined): boolean =>
    name === DOMAIN ||
    (project !== undefined && (byProject.get(name)?.some((service) => isToldTo(service, project)) ?? false));

  return (asker, asked) => {
    const project = askers.get(asker);
    const name = asked.toLowerCase();
    const full = project === undefined || name.includes('.') ? name : `${name}.${project}.${DOMAIN}`;
    const service = services.get(full);
    if (service && project !== undefined && isToldTo(service, project))
      return { kind: 'tasks', tasks: toldTo(service, project), ...farOf(service) };
    if (!isInternal(name)) return ELSEWHERE;
    if (isAbove(name, project)) return EMPTY;
    return isOfCloud(name) && !projects.has(projectIn(name)) ? ELSEWHERE : UNKNOWN;
  };
}

const isInternal = (name: string): boolean => name === DOMAIN || name.endsWith(`.${DOMAIN}`);

/**
 * Zones that clouds serve to their own machines: `metadata.google.internal`, `vm.c.project.internal` and
 * `vm.zone.c.project.internal` of Google, `ip-10-0-0-1.ec2.internal` and `ip-10-0-0-1.eu-west-1.compute.internal` of Amazon.
 */
const isOfCloud = (name: string): boolean =>
  /(^|\.)(google|ec2|compute)\.internal$/.test(name) || /[^.]\.c\.[^.]+\.internal$/.test(name);

const fullName = ({ name, project }: NamedService): string => `${name}.${project}.${DOMAIN}`;

const isToldTo = (service: NamedService, project: string): boolean =>
  service.project === project || service.to.includes(project);

const toldTo = ({ tasks }: NamedService, project: string): readonly Told[] =>
  tasks.flatMap(({ task, probed, addresses }) => {
    const address = addresses[project];
    return address === undefined ? [] : [{ task, probed, address }];
  });

/** Only while any of its tasks is on another node. */
const farOf = ({ far }: NamedService): { readonly far?: string } => (far?.others.length ? { far: far.address } : {});

/** `shop` in `web.shop.internal` and in `a.web.shop.internal`. */
const projectIn = (name: string): string => name.split('.').at(-2) ?? '';
