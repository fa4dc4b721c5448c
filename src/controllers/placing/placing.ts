import { serviceKey } from '../../core/model/service.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import type { ImageStates } from '../../core/rollout/observed.ts';
import { createPlacing, type Place } from '../../core/schedule/placing.ts';
import type { ImageOnNodes } from '../../core/schedule/wanted.ts';
import type { Images } from '../services/images.ts';
import type { ServiceRecords } from '../services/records.ts';
import type { ReadRevision } from '../services/revisions.ts';
import { createRoomReader, type RoomOptions } from './read-room.ts';
import type { RecentSeats } from './recent-seats.ts';

export interface PlacingOptions extends Omit<RoomOptions, 'readSpec'> {
  readonly readRevision: ReadRevision;
  readonly images: Pick<Images, 'states'>;
  readonly recent: Pick<RecentSeats, 'besides'>;
}

/** Where the next tasks of a service go, as everything stands: for one pass. */
export function createPlacingReader(options: PlacingOptions): (records: ServiceRecords) => Promise<Place> {
  const { readRevision, images, recent } = options;
  const readSpec: RoomOptions['readSpec'] = async (service, revision) => {
    const read = await readRevision(service, revision).catch(() => undefined);
    return read?.spec;
  };
  const readRoom = createRoomReader({ ...options, readSpec });
  return async ({ target, from }) => {
    const { cluster, ledger } = await readRoom();
    for (const seat of recent.besides(serviceKey(target.project, target.service))) ledger.add(seat);
    const imageOf = (spec: ServiceSpec) => {
      const revision = [target, from].find((one) => one?.spec === spec);
      return revision && onNodes(images.states(revision));
    };
    return createPlacing({ cluster, ledger: () => ledger, imageOf });
  };
}

const onNodes = (states: ImageStates): ImageOnNodes => ({
  on: new Set([...states].filter(([, state]) => state === 'present').map(([node]) => node)),
  failed: new Map([...states].flatMap(([node, state]) => (typeof state === 'object' ? [[node, state.failed]] : []))),
});
