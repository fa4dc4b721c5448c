import type { ContainerView } from '../../core/model/container.ts';
import type { Node, NodeNetwork } from '../../core/model/node.ts';
import type { Task } from '../../core/model/task.ts';
import { type Neighbourhood, networkName } from '../../core/names/networks.ts';
import type { Engine } from '../../engine/engine.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Commit } from '../commit.ts';
import { createLoop } from '../loop.ts';
import type { ReadNeighbours } from '../neighbours.ts';
import { freeAddressOn } from '../services/free-address.ts';
import { createTurns, type InTurn } from '../turns.ts';
import type { World } from '../world.ts';
import { cutOff } from './cut-off.ts';
import { ADDRESS_POOL } from './edge.ts';
import type { Observer } from './observer.ts';
import type { TasksOn } from './tasks-on.ts';

/** The networks of one node on which the services of a project reach each other, made where they are needed and gone where not. */
export interface ProjectNetworks {
  /** Those of a service on this node, by key; made if they are not there. Rejects if there is no room for one. */
  of(project: string, service: string): Promise<ReadonlyMap<string, NodeNetwork>>;
  /** Makes again what somebody has removed from the engine. */
  mend(keys: readonly string[]): Promise<void>;
  /** Services, tasks or containers may have changed. */
  notice(): void;
  run(signal: AbortSignal): Promise<void>;
  /** Why services may not reach each other; a sentence. */
  problem(): string | undefined;
}

export interface ProjectNetworksOptions {
  readonly state: State;
  /** Its id. */
  readonly node: string;
  readonly engine: Pick<Engine, 'ensureNetwork' | 'removeNetwork' | 'connect' | 'disconnect'>;
  readonly commit: Commit;
  readonly world: Pick<World, 'containers' | 'lastSeen' | 'routing'>;
  readonly observer: Pick<Observer, 'look'>;
  readonly neighbours: ReadNeighbours;
  readonly tasksOn: TasksOn;
  readonly cluster: string;
  /** Addresses are chosen and written by one at a time. */
  readonly giving: InTurn;
  readonly clock: { now(): number };
  readonly log: Log;
}

/** Passes that fail, one after the other, before it is told: a container may go while it is connected. */
const FAILURES_UNTOLD = 3;
/** Somebody may have taken a container off its network. */
const CHECK_EVERY = 10_000;

export function createProjectNetworks(options: ProjectNetworksOptions): ProjectNetworks {
  const { state, node: id, engine, commit, world, observer, neighbours, cluster, clock, log } = options;
  const inTurn = createTurns();
  let failures = 0;
  let problem: string | undefined;

  const tasksHere = () => options.tasksOn(id);

  const write = async (stored: Stored<Node>, networks: Readonly<Record<string, NodeNetwork>>): Promise<void> => {
    const { networks: _, ...rest } = stored.value;
    const node: Node = Object.keys(networks).length === 0 ? rest : { ...rest, networks };
    await commit([unchanged(stored)], [state.nodes.put(node)]);
  };

  /** One at a time: each reads the node, and writes it. */
  const ensure = (key: string): Promise<NodeNetwork | undefined> =>
    inTurn(async () => {
      const stored = await state.nodes.get(id);
      const known = stored?.value.networks?.[key];
      if (!stored || known) return known;
      const network = networkName(cluster, key);
      const made: NodeNetwork = { network, subnet: await engine.ensureNetwork(network, ADDRESS_POOL) };
      await write(stored, { ...stored.value.networks, [key]: made });
      log.info({ ...made }, 'a network for the services of a project was made');
      return made;
    });

  const of: ProjectNetworks['of'] = async (project, name) => {
    const found = new Map<string, NodeNetwork>();
    const { networksOf } = await neighbours();
    for (const key of networksOf({ project, name })) {
      const network = await ensure(key).catch((error: unknown) => {
        // What another project grants, or is granted, must not keep a task from starting: it is given to it later.
        if (key === project) throw error;
      });
      if (network) found.set(key, network);
    }
    return found;
  };

  /** A task that ran before its service had anybody to speak to is given an address, and stays as it is. */
  const giveAddresses = async (stored: Stored<Task>, missing: readonly string[]): Promise<void> => {
    const { networks = {} } = stored.value;
    const made = await Promise.allSettled(missing.map(async (key) => ({ key, at: await ensure(key) })));
    await options.giving(async () => {
      const given: Record<string, string> = { ...networks };
      for (const { key, at } of made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
        if (at) given[key] = await freeAddressOn(state, world, { node: id, key }, at);
      await commit([unchanged(stored)], [state.tasks.put({ ...stored.value, networks: given })]);
    });
    for (const one of made) if (one.status === 'rejected') throw one.reason;
  };

  /** @param missing networks that its container is not on, and has an address on */
  const connect = async (task: Task, missing: readonly NetworkPlace[]): Promise<void> => {
    for (const place of missing) await engine.connect(task.id, place);
    await observer.look(task.id);
  };

  const removeUnneeded = (around: Neighbourhood): Promise<void> =>
    inTurn(async () => {
      const stored = await state.nodes.get(id);
      const networks = stored?.value.networks;
      if (!stored || !networks) return;
      const needed = new Set(around.needed);
      for (const task of (await tasksHere()).map(({ value }) => value))
        for (const key of keysInUse(task, world)) needed.add(key);
      const left = Object.entries(networks).filter(([key]) => needed.has(key));
      for (const [key, { network }] of Object.entries(networks))
        if (!needed.has(key)) await engine.removeNetwork(network);
      if (left.length < Object.keys(networks).length) await write(stored, Object.fromEntries(left));
    });

  const reconcile = async (): Promise<number> => {
    if (world.containers(id) !== undefined) await connectAll();
    return clock.now() + CHECK_EVERY;
  };

  /** What one of them has no room for is no reason to leave the others, nor to let anybody stay who is not granted any more. */
  const connectAll = async (): Promise<void> => {
    const around = await neighbours();
    await cutOff(options, around, (await state.nodes.get(id))?.value.networks ?? {});
    const running = (await tasksHere()).filter(({ value }) => value.phase === 'run');
    const failed: unknown[] = [];
    for (const stored of running) {
      const missing = lacking(stored.value, around);
      if (missing.length > 0) await giveAddresses(stored, missing).catch((error) => failed.push(error));
    }
    const node = (await state.nodes.get(id))?.value;
    if (node?.networks) {
      for (const { value } of running) {
        const missing = notOn(value, node, world.lastSeen(value));
        if (missing.length > 0) await connect(value, missing);
      }
      await removeUnneeded(around);
    }
    if (failed.length > 0) throw failed[0];
    failures = 0;
    problem = undefined;
  };

  const loop = createLoop({
    reconcile,
    clock,
    onError: (_, error) => {
      failures += 1;
      const reason = (error as Error).message;
      if (failures < FAILURES_UNTOLD || reason === problem) return;
      problem = reason;
      log.warn({ err: error }, `services may not reach each other by their names: ${reason}`);
    },
  });

  return {
    of,
    mend: (keys) =>
      inTurn(async () => {
        const known = (await state.nodes.get(id))?.value.networks ?? {};
        for (const key of keys) {
          const { network, subnet } = known[key] ?? {};
          if (network !== undefined) await engine.ensureNetwork(network, ADDRESS_POOL, subnet);
        }
      }),
    notice: () => loop.notice('networks'),
    run: loop.run,
    problem: () => problem,
  };
}

/** Networks of its service on which it has no address. */
const lacking = ({ project, service, networks = {} }: Task, { networksOf }: Neighbourhood): readonly string[] =>
  networksOf({ project, name: service }).filter((key) => networks[key] === undefined);

interface NetworkPlace {
  readonly network: string;
  readonly address: string;
}

/** Where it has an address and its container is not, though that runs. */
function notOn({ networks = {} }: Task, node: Node, container: ContainerView | undefined): readonly NetworkPlace[] {
  if (container?.state !== 'running') return [];
  return Object.entries(networks).flatMap(([key, address]) => {
    const network = node.networks?.[key]?.network;
    return network !== undefined && !isOn(container, network) ? [{ network, address }] : [];
  });
}

const isOn = ({ networks = {} }: ContainerView, network: string): boolean => networks[network] !== undefined;

/** Networks on which the task, or what is left of its container, still has an address. */
function keysInUse(task: Task, { lastSeen }: Pick<World, 'lastSeen'>): readonly string[] {
  const isThere = task.phase !== 'ended' || lastSeen(task) !== undefined;
  return isThere ? Object.keys(task.networks ?? {}) : [];
}
