import { type ReadSpec, type Room, readRoom, type Seats } from '../../controllers/placing/read-room.ts';
import type { World } from '../../controllers/world.ts';
import { tooManyWriters } from '../../core/claims/claim.ts';
import { OrcaError } from '../../core/errors.ts';
import { type Service, serviceKey } from '../../core/model/service.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { clusterOf } from '../../core/schedule/cluster.ts';
import type { Ledger } from '../../core/schedule/ledger.ts';
import { createPlacer } from '../../core/schedule/place.ts';
import { wantedOf } from '../../core/schedule/wanted.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import type { Decide } from '../intents/service.ts';

export interface RoomSource {
  readonly state: State;
  readonly world: Pick<World, 'candidate'>;
  readonly clock: { now(): number };
}

/** Room for who wishes: nodes that take no tasks now are taken to do so again. */
export interface RoomInTime extends Room {
  /** The same nodes as they are now. */
  readonly now: Seats;
}

/**
 * What there is to put tasks of the spec on. A node that does not answer for a moment is no reason to refuse a wish: tasks
 * wait for it. What others hold is not read where nothing can depend on it.
 */
export async function roomFor(source: RoomSource, readSpec: ReadSpec, spec: ServiceSpec): Promise<RoomInTime> {
  const isNeeded = (nodes: number) => nodes > 1 || asksForRoom(spec);
  const room = await readRoom({ ...source, readSpec, isNeeded });
  const { cluster: seen, ledger, ...others } = room;
  const cluster = clusterOf(seen.nodes.map(({ reason: _, ...node }) => ({ ...node, status: 'ready' })));
  return { ...others, cluster, ledger: ledger.fork(cluster), now: { cluster: seen, ledger } };
}

const asksForRoom = ({ reserve, volumes }: ServiceSpec): boolean =>
  reserve.memory !== undefined || reserve.cpu !== undefined || volumes.length > 0;

/**
 * Every task of the service has a node, beside all that is wanted of the others.
 *
 * @param others specs of the same request that are not written yet
 * @throws OrcaError `unplaceable`, with the numbers
 */
export function requirePlace(
  spec: ServiceSpec,
  replicas: number,
  room: Room,
  others: readonly ServiceSpec[] = [],
): void {
  const { cluster, services } = room;
  if (cluster.nodes.length === 0) return;
  const writers = tooManyWriters(spec, replicas);
  if (writers) throw new OrcaError('unplaceable', writers.message, { hint: writers.hint });
  requirePorts(spec, replicas, cluster.nodes.filter(({ availability }) => availability === 'active').length);
  const ledger = room.ledger.fork();
  for (const { service, spec: wanted } of services) {
    const isReplaced = [spec, ...others].some(
      ({ project, name }) => project === service.project && name === service.name,
    );
    if (wanted && !isReplaced && !service.paused && !service.removing) fill(room, ledger, wanted, service.replicas);
  }
  for (const other of others) fill(room, ledger, other, other.replicas);
  // Of a service without tasks only what each would need of a node is asked, and not whether there is room now.
  const asked = replicas === 0 ? { ...spec, reserve: {}, ports: [] } : spec;
  const place = createPlacer(wantedOf(asked), cluster, ledger);
  for (let slot = 1; slot <= Math.max(1, replicas); slot += 1) {
    const { node, why } = place(slot);
    if (!node) throw refusal(spec, { replicas, placed: slot - 1, why });
  }
}

/** The same for a change by hand of how many tasks there are. @throws OrcaError `unplaceable` */
export const withinRoom =
  (decide: Decide, room: Room): Decide =>
  (service, spec) => {
    const intent = decide(service, spec);
    const more = service.paused ? !intent.service.paused : intent.service.replicas > service.replicas;
    if (more) requirePlace(spec, intent.service.replicas, room);
    return intent;
  };

/** The room that one service has, and may have. */
export async function roomOf(source: RoomSource, { project, name, revision }: Service): Promise<Room | undefined> {
  const { state } = source;
  const readSpec: ReadSpec = async (service, number) =>
    (await ifReadable(state.revisions.get(service.project, service.name, number)))?.value.spec;
  const spec = (await ifReadable(state.revisions.get(project, name, revision)))?.value.spec;
  return spec && roomFor(source, readSpec, spec);
}

/** Slots that are wanted and have no task yet will have one: their room is not given to another. */
function fill({ cluster }: Room, ledger: Ledger, spec: ServiceSpec, replicas: number): void {
  const place = createPlacer(wantedOf(spec), cluster, ledger);
  const service = serviceKey(spec.project, spec.name);
  for (let slot = 1; slot <= replicas; slot += 1) if (ledger.ofSlot(service, slot).length === 0) place(slot);
}

function refusal(
  { name }: ServiceSpec,
  { replicas, placed, why }: { readonly replicas: number; readonly placed: number; readonly why: string },
): OrcaError {
  const part = placed === 0 ? '' : ` (${placed} of ${replicas} tasks would have a place)`;
  return new OrcaError('unplaceable', `no node takes ${name}.${placed + 1}: ${why}${part}`, {
    hint: 'ask for less (`reserve`, `resources.memory`, `placement`), use fewer replicas, or stop another service',
  });
}

/** One host port is once on each node. */
function requirePorts({ ports }: ServiceSpec, replicas: number, nodes: number): void {
  const [port] = ports;
  if (!port || nodes === 0 || replicas <= nodes) return;
  throw new OrcaError(
    'unplaceable',
    `${replicas} replicas cannot publish host port ${port.host} on ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`,
    { hint: 'one replica a node can have it: use fewer replicas, or a domain instead of the port' },
  );
}
