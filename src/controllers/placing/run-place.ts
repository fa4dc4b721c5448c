import type { Service } from '../../core/model/service.ts';
import { RELEASE_SLOT } from '../../core/rollout/slot.ts';
import type { Placement } from '../../core/schedule/place.ts';
import { createPlacing, releaseOf } from '../../core/schedule/placing.ts';
import type { ReadRevision } from '../services/revisions.ts';
import { type RoomOptions, readRoom } from './read-room.ts';

/** Where a one-off container of a service goes: as a task of it does, with its volumes and labels, but takes no room of one. */
export const createRunPlace =
  (options: Pick<RoomOptions, 'state' | 'world' | 'clock'> & { readonly readRevision: ReadRevision }) =>
  async (service: Service): Promise<Placement> => {
    const { readRevision } = options;
    const { spec } = await readRevision(service, service.stable ?? service.revision);
    const readSpec: RoomOptions['readSpec'] = async (one, number) =>
      (await readRevision(one, number).catch(() => undefined))?.spec;
    const { cluster, ledger } = await readRoom({ ...options, readSpec });
    return createPlacing({ cluster, ledger: () => ledger })(releaseOf(spec), RELEASE_SLOT);
  };
