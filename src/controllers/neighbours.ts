import { alikeAsText, createMakings } from '../core/makings.ts';
import { type Service, serviceKey } from '../core/model/service.ts';
import { neighbourOf } from '../core/names/granted.ts';
import { createNeighbourhood, type Neighbour, type Neighbourhood } from '../core/names/networks.ts';
import type { ReadableServices } from '../store/services.ts';
import type { State } from '../store/state.ts';
import { readRecords } from './services/records.ts';
import type { ReadRevision } from './services/revisions.ts';

/** All services, as far as it decides who is on which network: the same object while that is the same. */
export type ReadNeighbours = () => Promise<Neighbourhood>;

export function createNeighbourReader(state: State, readRevision: ReadRevision): ReadNeighbours {
  const known = createMakings<Neighbour>(alikeAsText);
  const arounds = createMakings<Neighbourhood>();
  const layouts = new WeakMap<ReadableServices, Layout>();

  /** Of those that are being deployed, which are few, all is read as one: their deployment says what is still granted. */
  const readDeploying = async (key: string, { project, name }: Service): Promise<Neighbour | undefined> => {
    const records = await readRecords(state, project, name, readRevision);
    if (!records) return undefined;
    const { service, target, from } = records;
    return known.make(key, [service.value, target, from], () => neighbourOf({ service: service.value, target, from }));
  };

  const readCalm = async (key: string, service: Service): Promise<Neighbour> => {
    const target = await readRevision(service, service.revision);
    return known.keep(key, [service], neighbourOf({ service, target }));
  };

  const readOne = async (service: Service): Promise<readonly Neighbour[]> => {
    const key = serviceKey(service.project, service.name);
    try {
      const one = await (service.deployment === undefined ? readCalm(key, service) : readDeploying(key, service));
      return one ? [one] : [];
    } catch {
      // One that is damaged is found by nobody new, and nobody loses it; all others go on.
      return [unreadOf(service), keptOf(service)];
    }
  };

  const readAll = async ({ records, unreadable }: ReadableServices): Promise<Layout> => {
    const calm: Neighbour[] = [];
    const others: Service[] = [];
    for (const { value } of records) {
      const key = serviceKey(value.project, value.name);
      const isCalm = value.deployment === undefined;
      const found = isCalm && (known.known(key, [value]) ?? (await readCalm(key, value).catch(() => undefined)));
      if (found) calm.push(found);
      else others.push(value);
    }
    for (const { key } of unreadable) {
      const [, project = '', name = ''] = key.split('/');
      calm.push(keptOf({ project, name }));
    }
    known.retain(records.length, () => new Set(records.map(({ value }) => serviceKey(value.project, value.name))));
    return { calm, others };
  };

  return async () => {
    const listed = await state.services.listReadable();
    const layout = layouts.get(listed) ?? (await readAll(listed));
    layouts.set(listed, layout);
    const all = [...layout.calm];
    for (const service of layout.others) all.push(...(await readOne(service)));
    return arounds.make('all', all, () => createNeighbourhood(all));
  };
}

/** Services as they are listed. */
interface Layout {
  readonly calm: readonly Neighbour[];
  /** That are being deployed, or cannot be read: looked at each time. */
  readonly others: readonly Service[];
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
