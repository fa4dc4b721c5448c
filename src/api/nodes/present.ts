import type { NodeBody } from '../../contract/nodes.ts';
import type { OwnMachine } from '../../controllers/joined/own-machine.ts';
import type { NodeSight } from '../../controllers/joined/sights.ts';
import type { World } from '../../controllers/world.ts';
import { OrcaError } from '../../core/errors.ts';
import { isIngress, LOCAL_NODE, type Node } from '../../core/model/node.ts';
import { relayStateOf } from '../../core/nodes/relay-state.ts';
import type { Engine, EngineInfo } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import type { EngineDisk } from '../../engine/free-disk.ts';
import type { State } from '../../store/state.ts';

export interface NodesOptions {
  readonly state: State;
  readonly engines: Pick<Engines, 'of'>;
  readonly world: Pick<World, 'engineDown' | 'candidate' | 'dataPlane'>;
  readonly joined: { sight(id: string): NodeSight; ownMachine(): OwnMachine | undefined };
  /** Epoch ms. */
  readonly clock: { now(): number };
  readonly version: string;
}

/** All nodes as they are seen now: the master's own machine first, the others by name. */
export async function listNodes(options: NodesOptions): Promise<NodeBody[]> {
  const { records } = await options.state.nodes.listReadable();
  return presentNodes(
    options,
    records.map(({ value }) => value),
  );
}

export async function presentNodes(options: NodesOptions, nodes: readonly Node[]): Promise<NodeBody[]> {
  const { records } = await options.state.tasks.listReadable();
  const live = records.map(({ value }) => value).filter(({ phase }) => phase !== 'ended');
  const tasks = Map.groupBy(live, ({ node }) => node);
  const own = nodes.some(({ joined }) => !joined) ? await ownEngine(options.engines.of(LOCAL_NODE)) : {};
  const all = (await options.state.nodes.listReadable()).records.map(({ value }) => value);
  return nodes.toSorted(byName).map((node) => ({
    ...(node.joined ? presentJoined(options, node) : presentOwn(options, node, own)),
    tasks: tasks.get(node.id)?.length ?? 0,
    relay: relayOf(options, node, all),
  }));
}

const byName = (a: Node, b: Node): number => rank(a) - rank(b) || (a.name < b.name ? -1 : 1);
const rank = ({ id }: Node): number => (id === LOCAL_NODE ? 0 : 1);

interface OwnEngine {
  readonly info?: EngineInfo | undefined;
  readonly disk?: EngineDisk | undefined;
}

/** Nothing of one that does not answer. */
async function ownEngine(engine: Pick<Engine, 'info' | 'disk'>): Promise<OwnEngine> {
  try {
    const [info, disk] = await Promise.all([engine.info(), engine.disk()]);
    return { info, disk };
  } catch (error) {
    if (error instanceof OrcaError) return {};
    throw error;
  }
}

const common = ({ world }: NodesOptions, node: Node) => ({
  node_id: node.id,
  name: node.name,
  labels: node.labels ?? {},
  drain: node.availability === 'draining' || node.availability === 'drained',
  availability: node.availability,
  ingress: isIngress(node),
  address_is_set: node.address !== undefined,
  runs_services: node.availability === 'active' && world.candidate(node.id)?.status === 'ready',
});

type Presented = Omit<NodeBody, 'tasks' | 'relay'>;

function presentOwn(options: NodesOptions, node: Node, { info, disk }: OwnEngine): Presented {
  const { world, version } = options;
  const down = world.engineDown(node.id) ?? (info ? undefined : 'the engine does not answer');
  return {
    ...common(options, node),
    address: node.address ?? node.id,
    last_heartbeat: null,
    status: down === undefined ? 'ready' : 'down',
    reason: down ?? null,
    data_plane: planeOf(world, node),
    engine: info ? { version: info.version, api_version: info.apiVersion, cpus: info.cpus, memory: info.memory } : null,
    capacity: ownCapacity(options, disk),
    version,
    clock_skew_ms: null,
    round_trip_ms: null,
    joined_at: null,
    certificate_expires_at: null,
  };
}

function ownCapacity({ joined, clock }: NodesOptions, disk: EngineDisk | undefined): NodeBody['capacity'] {
  const seen = joined.ownMachine();
  if (!seen) return null;
  const { cpus, memory, memoryTotal, load } = seen.sample;
  return {
    observed_at: Math.round(clock.now() - seen.ago),
    cpus,
    cpu_percent: rounded(seen.cpuPercent),
    load,
    memory_bytes: memoryTotal,
    memory_free_bytes: memoryTotal - memory,
    disk: disk ? { path: disk.root, bytes: disk.size, free_bytes: disk.free } : null,
  };
}

function presentJoined(options: NodesOptions, node: Node): Presented {
  const { joined, clock, world } = options;
  const sight = joined.sight(node.id);
  const { life, reason, silentFor, roundTrip, status, skew } = sight;
  const shown = node.joined?.certificates[0];
  return {
    ...common(options, node),
    // Where it joined from, until it has told where it is now.
    address: node.address || status?.address || (node.joined?.address ?? ''),
    last_heartbeat: silentFor === undefined ? null : Math.round(clock.now() - silentFor),
    status: life,
    reason: reason ?? world.candidate(node.id)?.reason ?? null,
    data_plane: planeOf(world, node, status?.edgeProblems),
    engine: null,
    capacity: toldCapacity(sight, clock.now()),
    version: status?.version ?? null,
    clock_skew_ms: skew ?? null,
    round_trip_ms: rounded(roundTrip),
    joined_at: node.joined?.at ?? null,
    certificate_expires_at: shown?.until ?? null,
  };
}

/** Nobody tells how it is reached where no other ingress is connected. */
function relayOf({ world }: NodesOptions, node: Node, all: readonly Node[]): NodeBody['relay'] {
  if (!node.relay) return null;
  const place = { address: node.relay.address ?? null, port: node.relay.port };
  const sends = (other: Node) => other.id !== node.id && isIngress(other) && world.dataPlane(other.id)?.connected;
  if (!all.some(sends)) return { ...place, state: null, problem: null };
  const nameOf = (id: string) => all.find((one) => one.id === id)?.name ?? id;
  const found = relayStateOf(node, world.candidate(node.id)?.unreached ?? [], nameOf);
  return { ...place, state: found.state, problem: found.state === 'direct' ? null : found.why };
}

/** @param told by a node that joined, which knows better why it has none, or what it lacks */
function planeOf(world: NodesOptions['world'], { id }: Node, told?: readonly string[]): NodeBody['data_plane'] {
  const plane = world.dataPlane(id);
  if (!plane) return null;
  return { connected: plane.connected, version: plane.version ?? null, problems: [...(told ?? plane.problems)] };
}

function toldCapacity({ status, toldAgo = 0, cpuPercent }: NodeSight, now: number): NodeBody['capacity'] {
  if (!status) return null;
  const { cpus, load, memory, disk } = status;
  return {
    observed_at: Math.round(now - toldAgo),
    cpus,
    cpu_percent: rounded(cpuPercent),
    load,
    memory_bytes: memory.total,
    memory_free_bytes: memory.free,
    disk: disk ? { path: disk.path, bytes: disk.total, free_bytes: disk.free } : null,
  };
}

const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Math.round(value * 10) / 10;
