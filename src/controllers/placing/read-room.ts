import { type Service, serviceKey } from '../../core/model/service.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { volumeName } from '../../core/model/volume.ts';
import { type Cluster, clusterOf } from '../../core/schedule/cluster.ts';
import { type Ledger, ledgerOf } from '../../core/schedule/ledger.ts';
import { seatsOf } from '../../core/schedule/seats.ts';
import type { State } from '../../store/state.ts';
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
export async function readRoom({ state, world, clock, readSpec, isNeeded = () => true }: RoomOptions): Promise<Room> {
  const nodes = await state.nodes.listReadable();
  const cluster = clusterOf(
    nodeViews(
      nodes.records.map(({ value }) => value),
      world,
    ),
  );
  const ledger = ledgerOf(cluster, []);
  if (!isNeeded(cluster.nodes.length)) return { cluster, ledger, services: [] };
  const [services, tasks, volumes] = await Promise.all([
    state.services.listReadable(),
    state.tasks.listReadable(),
    state.volumes.listReadable(),
  ]);
  for (const { value } of volumes.records) ledger.pin(value.node, volumeName(value.project, value));
  const byService = Map.groupBy(
    tasks.records.map(({ value }) => value),
    ({ project, service }) => serviceKey(project, service),
  );
  const now = clock.now();
  const read = await Promise.all(
    services.records.map(async ({ value: service }) => {
      const own = byService.get(serviceKey(service.project, service.name)) ?? [];
      const numbers = new Set([service.revision, ...own.map(({ revision }) => revision)]);
      const specs = await Promise.all(
        [...numbers].map(async (number) => [number, await readSpec(service, number)] as const),
      );
      return { service, own, specs: new Map(specs) };
    }),
  );
  for (const { service, own, specs } of read)
    for (const seat of seatsOf({ service, tasks: own, specOf: (number) => specs.get(number) }, now)) ledger.add(seat);
  return {
    cluster,
    ledger,
    services: read.map(({ service, specs }) => ({ service, spec: specs.get(service.revision) })),
  };
}
