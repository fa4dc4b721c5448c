import { didYouMean } from '../model/schema/nearest.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import type { MayDeployTo } from './consent.ts';

export interface Granting {
  readonly spec: Pick<ServiceSpec, 'project' | 'name' | 'internal'>;
  /** What it grants as it is wanted now. */
  readonly before: ServiceSpec['internal'];
  /** Projects that have a service. */
  readonly projects: ReadonlySet<string>;
  /** Others are not told of. */
  readonly mayDeployTo: MayDeployTo;
}

/** What becomes of who reaches the service, a sentence each; where nothing changes only what is probably a mistake. */
export function tellGrants({ spec, before, projects, mayDeployTo }: Granting): readonly string[] {
  const { project, name, internal } = spec;
  const whole = `${name}.${project}.internal`;
  const given = lacking(internal, before);
  const taken = lacking(before, internal);
  return [
    ...(given ? [`${given} can reach it as ${whole}, and its containers can connect to theirs`] : []),
    ...(taken
      ? [`${taken} cannot reach it once this has succeeded: their containers are disconnected, without a restart`]
      : []),
    ...(internal === true ? [] : (internal ?? []))
      .filter((granted) => !projects.has(granted) && mayDeployTo(granted))
      .map((granted) => unknown(granted, project, projects, mayDeployTo)),
  ];
}

/** Whom one grants and the other does not, in words. */
function lacking(one: ServiceSpec['internal'], other: ServiceSpec['internal']): string | undefined {
  if (one === undefined || other === true) return undefined;
  if (one === true) return other?.length ? `all projects but ${other.join(', ')}` : 'all projects';
  const more = one.filter((project) => !other?.includes(project));
  if (more.length === 0) return undefined;
  return `${more.length === 1 ? 'the project' : 'the projects'} ${more.join(', ')}`;
}

function unknown(granted: string, project: string, projects: ReadonlySet<string>, mayDeployTo: MayDeployTo): string {
  const near = didYouMean(
    granted,
    [...projects].filter((one) => one !== project && mayDeployTo(one)),
  );
  return `\`internal\` names the project ${granted}, which has no services yet${near === undefined ? '' : `: ${near}`}`;
}
