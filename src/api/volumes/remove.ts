import { notFound, OrcaError } from '../../core/errors.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import { unchanged } from '../../store/collection.ts';
import { requireReadable } from '../observing/require-readable.ts';
import { type ListOptions, type SeenVolume, seenVolumes } from './list.ts';
import { mountersIn, NOBODY } from './mounters.ts';

export interface Removed {
  readonly volume: SeenVolume;
  /** False: it was gone already, and is forgotten. */
  readonly removed: boolean;
}

/**
 * The one way by which orca ever removes a volume.
 *
 * @throws OrcaError `not_found` for one that orca neither made nor took over; `conflict` while a service or a container has it;
 *   `unavailable` while it is not known whether one has it
 */
export async function removeVolume(options: ListOptions, caller: Caller, name: string): Promise<Removed> {
  const { state, engines } = options;
  const volume = (await seenVolumes(options)).find((one) => one.name === name && reaches(caller, one.project));
  if (!volume) throw notFound('volume', name);
  const known = await state.volumes.get(volume.project, volume.volume);
  if (volume.found) {
    await requireReadable(state, `the volume ${name}`, volume.project);
    await requireUnwanted(options, volume);
    await requireUnused(options, volume);
  }
  const removed = volume.found !== undefined && (await engines.of(volume.node).removeVolume(name)) === 'removed';
  // Only now: cut short before this, it shows as gone, and can be removed again.
  if (known) {
    const { succeeded } = await state.store.txn({
      compare: [unchanged(known)],
      then: [state.volumes.remove(known.value)],
    });
    if (!succeeded) throw new OrcaError('conflict', `the volume ${name} was changed meanwhile`, { hint: 'try again' });
  }
  return { volume, removed };
}

async function requireUnwanted({ state }: ListOptions, { name, project }: SeenVolume): Promise<void> {
  const { services } = (await mountersIn(state, project)).get(name) ?? NOBODY;
  if (services.length === 0) return;
  const names = services.map(({ service }) => service);
  throw new OrcaError('conflict', `the volume ${name} is mounted by ${names.join(', ')}`, {
    hint: `deploy without it, or remove it first: orca rm ${names.join(' ')} --project ${project}`,
    details: { services: names },
  });
}

async function requireUnused({ engines }: ListOptions, { name, node }: SeenVolume): Promise<void> {
  const containers = (await engines.of(node).volumeUsers(name)).map((user) => user.name);
  if (containers.length === 0) return;
  const some = containers.slice(0, 5).join(', ');
  throw new OrcaError('conflict', `the volume ${name} is in use by ${some}`, {
    hint: 'remove these containers first, or wait until they are gone',
    details: { containers },
  });
}
