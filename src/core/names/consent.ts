import { OrcaError } from '../errors.ts';
import type { ServiceSpec } from '../model/service-spec.ts';

/** Whether who asks may deploy to a project; without one to all, those to come among them. */
export type MayDeployTo = (project?: string) => boolean;

type Granting = Pick<ServiceSpec, 'project' | 'name' | 'internal'>;

/**
 * On a network of two projects the containers of both can connect to each other. So both have to agree: a grant is given by
 * who may deploy to both. What the service grants already stays, whoever deploys it.
 *
 * @param own the service as it is wanted and as it serves
 * @throws OrcaError `forbidden`, with the place in the service
 */
export function requireConsent(spec: Granting, own: readonly Granting[], mayDeployTo: MayDeployTo): void {
  const { internal, project, name } = spec;
  if (internal === undefined || own.some((held) => held.internal === true)) return;
  if (internal === true) {
    if (mayDeployTo()) return;
    throw new OrcaError('forbidden', `only a token for all projects may open ${name} to all projects`, {
      hint: 'use such a token once, or list the projects: `internal: [PROJECT]`',
      details: { path: 'internal' },
    });
  }
  const held = new Set(own.flatMap((one) => (one.internal === true ? [] : (one.internal ?? []))));
  const stranger = internal.find((granted) => !held.has(granted) && !mayDeployTo(granted));
  if (stranger === undefined) return;
  throw new OrcaError('forbidden', `only a token for ${project} and ${stranger} may open ${name} to ${stranger}`, {
    hint: `use such a token once, or leave ${stranger} out of \`internal\``,
    details: { path: 'internal' },
  });
}
