import { volumeName } from '../../core/model/volume.ts';
import type { State } from '../../store/state.ts';

/** Who mounts a volume, by their revisions. */
export interface Mounters {
  /** As it is wanted or as it serves, stopped ones too. */
  readonly services: readonly { readonly service: string; readonly readOnly: boolean }[];
  /** That are neither, and can be rolled back to. */
  readonly revisions: readonly { readonly service: string; readonly revision: number }[];
}

export const NOBODY: Mounters = { services: [], revisions: [] };

/** Of a project's volumes, by their name on the engine. */
export async function mountersIn(state: State, project: string): Promise<ReadonlyMap<string, Mounters>> {
  const found = new Map<string, Mounters>();
  const { records } = await state.services.listReadable(project);
  for (const { value: service } of records) {
    const revisions = (await state.revisions.listReadable(project, service.name)).records;
    for (const { value: revision } of revisions) {
      const isLive = revision.number === service.revision || revision.number === service.stable;
      for (const mount of revision.spec.volumes) {
        const name = volumeName(project, mount.volume);
        const before = found.get(name) ?? NOBODY;
        found.set(name, isLive ? withService(before, service.name, mount.readOnly) : withRevision(before, revision));
      }
    }
  }
  return found;
}

/** One mount that writes makes it a writer. */
function withService({ services, revisions }: Mounters, service: string, readOnly: boolean): Mounters {
  const others = services.filter((one) => one.service !== service);
  const known = services.find((one) => one.service === service);
  return { revisions, services: [...others, { service, readOnly: readOnly && (known?.readOnly ?? true) }] };
}

function withRevision(
  { services, revisions }: Mounters,
  { service, number: revision }: { readonly service: string; readonly number: number },
): Mounters {
  const isKnown = revisions.some((one) => one.service === service && one.revision === revision);
  return { services, revisions: isKnown ? revisions : [...revisions, { service, revision }] };
}
