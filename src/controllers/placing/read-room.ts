import { alikeAsText, createMakings } from '../../core/makings.ts';
import { type Service, serviceKey } from '../../core/model/service.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import type { Task } from '../../core/model/task.ts';
import { volumeName } from '../../core/model/volume.ts';
import { type Cluster, clusterOf } from '../../core/schedule/cluster.ts';
import { type Ledger, ledgerOf } from '../../core/schedule/ledger.ts';
import type { NodeView } from '../../core/schedule/node-view.ts';
import type { Seat } from '../../core/schedule/seat.ts';
import { seatsOf } from '../../core/schedule/seats.ts';
import type { Stored } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import { createTasksByService } from '../tasks-by-service.ts';
import type { World } from '../world.ts';
import { nodeViews } from './node-views.ts';

/** What a revision of a service runs; undefined if that cannot be read. */
export type ReadSpec = (service: Service, revision: number) => Promise<ServiceSpec | undefined>;

export interface Room extends Seats {
  /** All services, with what is wanted of each. */
  readonly services: readonly { readonly service: Service; readonly spec: ServiceSpec | undefined }[];
}

export interface Seats {
  readonly cluster: Cluster;
  /** What all services hold now. */
  readonly ledger: Ledger;
}

export interface RoomOptions {
  readonly state: State;
  readonly world: Pick<World, 'candidate'>;
  readonly clock: { now(): number };
  readonly readSpec: ReadSpec;
  /** False for so many nodes: nobody asks who holds what of them. */
  readonly isNeeded?: ((nodes: number) => boolean) | undefined;
}

/** Who holds what of which node, as the store has it. Reads all tasks: not for each pass of each service. */
export const readRoom = (options: RoomOptions): Promise<Room> => createRoomReader(options)();

/** A service with what it holds. */
interface Holder {
  readonly service: Service;
  readonly spec: ServiceSpec | undefined;
  readonly seats: readonly Seat[];
}

/** The same, again and again: services about which nothing has changed are not looked at anew. */
export function createRoomReader(options: RoomOptions): () => Promise<Room> {
  const { state, world, clock, readSpec, isNeeded = () => true } = options;
  const byServices = createTasksByService();
  const holders = createMakings<Holder>();
  const ledgers = createMakings<Ledger>();
  let seen: { readonly views: readonly NodeView[]; readonly cluster: Cluster } | undefined;

  const readCluster = async (): Promise<Cluster> => {
    const { records } = await state.nodes.listReadable();
    const views = nodeViews(
      records.map(({ value }) => value),
      world,
    );
    if (!seen || !alikeAsText(seen.views, views)) seen = { views, cluster: clusterOf(views) };
    return seen.cluster;
  };

  const holderOf = async (key: string, service: Service, own: readonly Stored<Task>[]): Promise<Holder> => {
    const tasks = own.map(({ value }) => value);
    const specs = new Map<number, ServiceSpec | undefined>();
    for (const number of new Set([service.revision, ...tasks.map(({ revision }) => revision)]))
      specs.set(number, await readSpec(service, number));
    const specOf = (number: number) => specs.get(number);
    const made = { service, spec: specOf(service.revision), seats: seatsOf({ service, tasks, specOf }, clock.now()) };
    // Whose seat an ended task keeps depends on the time, and what could not be read may be read later.
    const isForGood = tasks.every(({ phase }) => phase !== 'ended') && [...specs.values()].every(Boolean);
    return isForGood ? holders.keep(key, [service, ...tasks], made) : made;
  };

  /** What those hold that are not being deployed: summed up once, as that seldom changes. */
  const ledgerOfCalm = (cluster: Cluster, calm: readonly Holder[]): Ledger =>
    ledgers.make('calm', [cluster, ...calm], () =>
      ledgerOf(
        cluster,
        calm.flatMap(({ seats }) => seats),
      ),
    );

  return async () => {
    const cluster = await readCluster();
    if (!isNeeded(cluster.nodes.length)) return { cluster, ledger: ledgerOf(cluster, []), services: [] };
    const [services, tasks, volumes] = await Promise.all([
      state.services.listReadable(),
      state.tasks.listReadable(),
      state.volumes.listReadable(),
    ]);
    const byService = byServices(tasks.records);
    const found: Holder[] = [];
    for (const { value: service } of services.records) {
      const key = serviceKey(service.project, service.name);
      const own = byService.get(key) ?? [];
      found.push(holders.knownIf(key, (of) => isMadeOf(of, service, own)) ?? (await holderOf(key, service, own)));
    }
    holders.retain(found.length, () => new Set(found.map(({ service }) => serviceKey(service.project, service.name))));
    const isCalm = ({ service }: Holder): boolean => service.deployment === undefined;
    const ledger = ledgerOfCalm(cluster, found.filter(isCalm)).fork();
    for (const { value } of volumes.records) ledger.pin(value.node, volumeName(value.project, value));
    for (const holder of found) if (!isCalm(holder)) for (const seat of holder.seats) ledger.add(seat);
    return { cluster, ledger, services: found };
  };
}

const isMadeOf = (of: readonly unknown[], service: Service, own: readonly Stored<Task>[]): boolean =>
  of.length === own.length + 1 && of[0] === service && own.every(({ value }, at) => of[at + 1] === value);
