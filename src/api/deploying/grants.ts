import type { ServiceSpec } from '../../core/model/service-spec.ts';
import type { MayDeployTo } from '../../core/names/consent.ts';
import { tellGrants } from '../../core/names/tell-grants.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import { warningOf } from './warning.ts';

export interface ReadingGrants {
  readonly state: State;
  readonly mayDeployTo: MayDeployTo;
}

/** Who will reach the service by its name and who no longer, as warnings of a plan and a deploy. */
export async function grantWarnings(reading: ReadingGrants, spec: ServiceSpec): Promise<readonly string[]> {
  const { state, mayDeployTo } = reading;
  const before = await grantedNow(state, spec);
  if (spec.internal === undefined && before === undefined) return [];
  const { records } = await state.services.listReadable();
  const there = records.map(({ value }) => value).filter(({ removing }) => !removing);
  const projects = new Set(there.map(({ project }) => project));
  return tellGrants({ spec, before, projects, mayDeployTo }).map((text) => warningOf(spec, text));
}

async function grantedNow(state: State, { project, name }: ServiceSpec): Promise<ServiceSpec['internal']> {
  const service = (await ifReadable(state.services.get(project, name)))?.value;
  if (!service || service.removing) return undefined;
  return (await ifReadable(state.revisions.get(project, name, service.revision)))?.value.spec.internal;
}
