import type { ServiceKey } from '../../core/model/service.ts';
import type { Capacity } from '../../core/schedule/node-view.ts';
import type { Engine } from '../../engine/engine.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Commit } from '../commit.ts';
import { every } from '../loop.ts';
import type { ReadNeighbours } from '../neighbours.ts';
import type { InTurn } from '../turns.ts';
import type { World } from '../world.ts';
import { createNodeEdge, type NodeEdge, type NodeEdgeOptions } from './edge.ts';
import { createObserver, type Observer } from './observer.ts';
import { createProjectNetworks, type ProjectNetworks } from './project-networks.ts';
import type { TasksOn } from './tasks-on.ts';

/** One node, looked after: what is seen on it, and what has to be there before it takes tasks. None waits for another. */
export interface NodeUpkeep {
  readonly observer: Observer;
  readonly edge: NodeEdge;
  readonly networks: ProjectNetworks;
  /** What its machine has, once its engine told. */
  capacity(): Capacity | undefined;
  /** Until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

export interface UpkeepOptions {
  readonly state: State;
  readonly commit: Commit;
  readonly world: World;
  readonly neighbours: ReadNeighbours;
  readonly tasksOn: TasksOn;
  readonly giving: InTurn;
  readonly cluster: string;
  readonly clock: { now(): number };
  /** Ms on a clock that is never set. */
  readonly steady: () => number;
  readonly log: Log;
  /** Id of the master's own machine. */
  readonly own: string;
  readonly giveEdge?: NodeEdgeOptions['giveEdge'];
  /** Containers or records of a service may have changed. */
  readonly onService: (key: ServiceKey) => void;
  /** The engine went away or came back, or the node takes tasks now: anything may have changed. */
  readonly onReset: () => void;
  /** What else is to be done on each node again and again, soon. */
  readonly tend: (node: string) => Promise<void>;
}

/** An unprepared node is tried this often; a prepared one is checked now and then: somebody may prune its network. */
const PREPARE_EVERY = 1_000;
const CHECK_EVERY = 30_000;

export function createUpkeep(options: UpkeepOptions, node: string, engine: Engine): NodeUpkeep {
  const { own, clock, steady, onService, onReset, tend } = options;
  const log = node === own ? options.log : options.log.child({ node });
  const observer = createObserver({ engine, clock, steady, log, onChange: onService, onReset });
  const edge = createNodeEdge({ ...options, node, isOwn: node === own, engine });
  const networks = createProjectNetworks({ ...options, node, engine, observer, log });
  let preparedAt = Number.NEGATIVE_INFINITY;
  let capacity: Capacity | undefined;

  const prepare = async () => {
    if (edge.ready() && (await edge.isGiven()) && clock.now() - preparedAt < CHECK_EVERY) return;
    const before = edge.ready();
    preparedAt = clock.now();
    await edge
      .prepare()
      .then(edge.give)
      .catch((err: unknown) => log.debug({ err }, 'the node is not prepared yet'));
    capacity = await readCapacity(engine).catch(() => capacity);
    if (!before && edge.ready()) onReset();
  };

  return {
    observer,
    edge,
    networks,
    capacity: () => capacity,
    run: async (signal) => {
      await Promise.all([
        observer.run(signal),
        every(PREPARE_EVERY, signal, async () => void (await Promise.all([prepare(), tend(node)]))),
        networks.run(signal),
      ]);
    },
  };
}

async function readCapacity(engine: Engine): Promise<Capacity> {
  const { memory, cpus } = await engine.info();
  return { memory, cpu: cpus };
}
