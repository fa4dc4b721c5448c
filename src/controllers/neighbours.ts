import type { Service } from '../core/model/service.ts';
import { neighbourOf } from '../core/names/granted.ts';
import { createNeighbourhood, type Neighbour, type Neighbourhood } from '../core/names/networks.ts';
import type { State } from '../store/state.ts';
import { readRecords } from './services/records.ts';
import type { ReadRevision } from './services/revisions.ts';

/** All services, as far as it decides who is on which network. */
export async function readNeighbours(state: State, readRevision: ReadRevision): Promise<Neighbourhood> {
  const { records, unreadable } = await state.services.listReadable();
  const read = await Promise.all(
    // One that is damaged is found by nobody new, and nobody loses it; all others go on.
    records.map(({ value }) => readOne(state, readRevision, value).catch(() => [unreadOf(value), keptOf(value)])),
  );
  const damaged = unreadable.map(({ key }) => {
    const [, project = '', name = ''] = key.split('/');
    return keptOf({ project, name });
  });
  return createNeighbourhood([...read.flat(), ...damaged]);
}

/** Few services are being deployed at a time: of those all is read as one, as their deployment says what is still granted. */
async function readOne(state: State, readRevision: ReadRevision, service: Service): Promise<readonly Neighbour[]> {
  if (service.deployment === undefined)
    return [neighbourOf({ service, target: await readRevision(service, service.revision) })];
  const records = await readRecords(state, service.project, service.name, readRevision);
  return records ? [neighbourOf({ ...records, service: records.service.value })] : [];
}

const unreadOf = ({ project, name, removing }: Service): Neighbour => ({
  project,
  name,
  ...(removing && { isLeaving: true }),
});

/** Who is on a network by what it grants stays there. */
const keptOf = ({ project, name }: Pick<Service, 'project' | 'name'>): Neighbour => ({
  project,
  name,
  internal: true,
  isLeaving: true,
});
