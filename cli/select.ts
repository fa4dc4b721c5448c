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

const isNamed = (service: ServiceStatus, text: string): boolean => {
  const { name, project } = serviceReference(text, undefined);
  return service.name === name && (project === undefined || service.project === project);
};

const unknownService = (name: string, services: readonly ServiceStatus[]): OrcaError =>
  new OrcaError('not_found', `service not found: ${name}`, {
    hint:
      services.length > 0
        ? `there are: ${services.map((service) => service.name).join(', ')}`
        : 'there are no services yet',
  });
