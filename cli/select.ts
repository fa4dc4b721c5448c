import type { ServiceStatus } from '../src/contract/status.ts';
import { OrcaError } from '../src/core/errors.ts';

/** The services named on the command line, `web` or `shop/web`; all where none is named. @throws OrcaError `not_found` */
export function selectServices(services: readonly ServiceStatus[], names: readonly string[]): readonly ServiceStatus[] {
  if (names.length === 0) return services;
  const unknown = names.find((name) => !services.some((service) => isNamed(service, name)));
  if (unknown !== undefined) throw unknownService(unknown, services);
  return services.filter((service) => names.some((name) => isNamed(service, name)));
}

/** `shop/web` as its parts; a plain name is looked for in every project, or in the one that `-p` names. */
export function serviceReference(
  text: string,
  project: string | undefined,
): { name: string; project: string | undefined } {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text, project } : { name: text.slice(slash + 1), project: text.slice(0, slash) };
}

/** `web.2` is slot 2 of web; anything else is for the server to know. */
export const slotOf = (name: string, task: string | undefined): string | undefined =>
  task?.startsWith(`${name}.`) ? task.slice(name.length + 1) : task;

/** A service by its whole name. */
export interface Target {
  readonly project: string;
  readonly name: string;
}

/**
 * The one service that a name means, in every project or in the one that `-p` names.
 * @throws OrcaError `not_found`; `conflict` naming the projects where several have one
 */
export function serviceNamed(
  services: readonly ServiceStatus[],
  text: string,
  flag: string | undefined,
): Target & ServiceStatus {
  const { name, project } = serviceReference(text, flag);
  const within = services.filter((service) => project === undefined || service.project === project);
  const [found, ...others] = within.filter((service) => service.name === name);
  if (!found) throw unknownService(text, within);
  if (others.length > 0) throw ambiguous(name, [found, ...others]);
  return found;
}

const ambiguous = (name: string, found: readonly Target[]): OrcaError => {
  const projects = found.map(({ project }) => project);
  return new OrcaError('conflict', `several projects have a service ${name}: ${projects.join(', ')}`, {
    hint: whichProject(name, projects),
    details: { projects },
  });
};

/** How the command line says which of several is meant. */
export const whichProject = (name: string, projects: readonly string[]): string =>
  `say which one: ${projects.map((project) => `${project}/${name}`).join(' or ')}`;

/** As it can be named: with its project where several have one. */
const spelled = ({ project, name }: Target, services: readonly Target[]): string =>
  services.filter((service) => service.name === name).length > 1 ? `${project}/${name}` : name;

const isNamed = (service: ServiceStatus, text: string): boolean => {
  const { name, project } = serviceReference(text, undefined);
  return service.name === name && (project === undefined || service.project === project);
};

const unknownService = (name: string, services: readonly ServiceStatus[]): OrcaError =>
  new OrcaError('not_found', `service not found: ${name}`, {
    hint:
      services.length > 0
        ? `there are: ${services.map((service) => spelled(service, services)).join(', ')}`
        : 'there are no services yet',
  });
