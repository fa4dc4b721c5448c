import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Edge } from '../core/edge/edge.ts';
import { LOCAL_NODE as OWN } from '../core/model/node.ts';
import { type ServiceKey, serviceKey } from '../core/model/service.ts';
import type { GivenEdge } from '../core/nodes/wire.ts';
import type { OwnPorts } from '../core/rollout/own-ports.ts';
import type { ApiRoute } from '../core/route/api-route.ts';
import type { Engine } from '../engine/engine.ts';
import type { Engines } from '../engine/engines.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';
import { createCarryRules } from './carry-rules.ts';
import type { Cluster } from './cluster.ts';
import { createCommandChecks } from './command-checks.ts';
import { createCommit } from './commit.ts';
import { createEdgeLock } from './edge-lock.ts';
import { createFileRetention } from './file-retention.ts';
import { createFileVolumeRetention } from './file-volume-retention.ts';
import { createDrains } from './homes/drains.ts';
import { createHomes, type Hearing } from './homes/homes.ts';
import { createImageRetention } from './image-retention.ts';
import type { Links } from './ingress/links.ts';
import { createLoop, every } from './loop.ts';
import { createNeighbourReader } from './neighbours.ts';
import { createNodeChecks } from './node/checks.ts';
import { removeLeftHelpers } from './node/left-helpers.ts';
import { createNodes } from './node/nodes.ts';
import { createTasksOn } from './node/tasks-on.ts';
import { createUpkeep } from './node/upkeep.ts';
import { createNotices } from './notices.ts';
import { createWorld, type Observers } from './observe-world.ts';
import { afterAbort } from './pauses.ts';
import { createCandidates } from './placing/candidates.ts';
import { createPlacingReader } from './placing/placing.ts';
import { createRecentSeats } from './placing/recent-seats.ts';
import type { Doors } from './relay/doors.ts';
import { createRetention } from './retention.ts';
import { createRoutes, type Routes } from './routes.ts';
import type { Runs } from './runs/runs.ts';
import { createSecretRetention } from './secret-retention.ts';
import { createBlocked } from './services/blocked.ts';
import { createServiceController } from './services/controller.ts';
import type { LogKeeper } from './services/keep-logs.ts';
import { tableAsOf } from './services/records.ts';
import { rememberRevisions } from './services/revisions.ts';
import { createWords } from './services/words.ts';
import { watchServices } from './store-watch.ts';
import { createTableLoop } from './table-loop.ts';
import { createTurns } from './turns.ts';
import { createWork } from './work.ts';
import type { World } from './world.ts';

export interface ControllersOptions {
  readonly state: State;
  /** What a name of an image stands for is asked by the master. */
  readonly registries: Pick<Engine, 'resolve'>;
  readonly engines: Engines;
  /** False: nothing is put there yet. @param node its id */
  readonly mayPlace?: ((node: string) => boolean) | undefined;
  /** Of the nodes that joined; without it each is taken to be there. */
  readonly hearing?: Hearing | undefined;
  /** Locks the edge of this machine once; rejects where it cannot. */
  readonly lockEdge: (edge: Edge) => Promise<void>;
  /** Sees to it once that connections to services of other nodes come to the data plane of this machine; rejects where it cannot. */
  readonly keepCarry?: ((bridge: string) => Promise<void>) | undefined;
  /** Tells a node that joined of its edge network. */
  readonly giveEdge?: ((node: string, edge: GivenEdge) => Promise<void>) | undefined;
  readonly links: Links;
  /** None: no node is reached through its agent. */
  readonly doors?: Doors | undefined;
  readonly archive: LogKeeper & { prune(): Promise<void> };
  readonly cluster: Cluster;
  readonly clock: { now(): number };
  /** Ms on a clock that is never set. */
  readonly steady?: (() => number) | undefined;
  readonly log: Log;
  /** What an encrypted value in a record says. @throws OrcaError `unavailable` */
  readonly openSecret: (place: string, envelope: string) => string;
  /** The random part of a task's id: lower case letters and digits. */
  readonly newId: () => string;
  /** Where orca listens; no container is made that publishes one of these. */
  readonly ownPorts?: OwnPorts | undefined;
  /** Where the ingress leads to orca's own API. */
  readonly apiRoute?: (() => ApiRoute | undefined) | undefined;
}

export interface Controllers {
  readonly world: World;
  readonly runs: Runs;
  /** Why the routes stay as they were, though others are wanted. */
  readonly withheld: Routes['withheld'];
  /** Why a container may be able to take the traffic of others; a sentence. */
  edgeProblem(): string | undefined;
  /** Why services may not reach each other; a sentence. */
  networkProblem(): string | undefined;
  /** So many nodes were lost at once that nothing of them is moved; sentences. */
  alarms(): readonly string[];
  /** The machine's address on the edge, once the network is there. */
  gateway(): string | undefined;
  /** Makes this machine ready for tasks; rejects with `unavailable` while the engine is away. It is tried again in `run`. */
  prepare(): Promise<void>;
  /** Until the signal; resolves when every step under way has ended, or soon after: the next master finishes what is left. */
  run(signal: AbortSignal): Promise<void>;
}

const RETENTION_EVERY = 60_000;
/** A container may take minutes to stop; nobody who stops the server waits for that. */
const STEPS_END_WITHIN = 8_000;

/** The loops of one master, wired: what they are told by, what they look at, what they do it with. */
export function createControllers(options: ControllersOptions): Controllers {
  const { state, engines, links, doors, archive, cluster, clock, log, giveEdge } = options;
  const { steady = () => performance.now(), mayPlace = () => true } = options;
  const { hearing = { since: steady(), lastHeard: steady } } = options;
  const checks = createNodeChecks(() =>
    createCommandChecks({
      run: async ({ task, node, command, pace }, signal) =>
        engines.of(node).execToEnd(task, { command, limit: pace.timeout, signal }),
      clock,
      onChange: (key, change) => {
        services.notice(key);
        if (change === 'ready') tables.notice('table');
      },
    }),
  );
  const observers: Observers = {
    nodes: () => nodes.observers.nodes(),
    of: (node) => nodes.observers.of(node),
  };
  const blocked = createBlocked();
  const told = { candidate: (node: string) => candidates.of(node), blocked: blocked.of };
  const world = createWorld(observers, links, checks, told, clock);
  const commit = createCommit(state, cluster.term);
  const readRevision = rememberRevisions(state);
  const common = { state, engines, own: OWN, commit, world, cluster: cluster.id, clock, steady, log, readRevision };
  const giving = createTurns();
  const shared = { neighbours: createNeighbourReader(state, readRevision), tasksOn: createTasksOn(state) };
  const onService = (key: ServiceKey) => notices.service(key);
  const nodes = createNodes({
    engines,
    begin: (node, engine) =>
      createUpkeep(
        { ...common, ...shared, giveEdge, giving, onService, onReset: () => notices.all(), tend },
        node,
        engine,
      ),
    onChange: (node) => {
      work.images.forgetNode(node);
      notices.all();
    },
  });
  const candidates = createCandidates({ nodes, links, doors, hearing, steady, mayPlace, own: OWN });
  const edgeLock = createEdgeLock({ ...common, lock: options.lockEdge, bridge: () => nodes.of(OWN).edge.bridge() });
  const carryRules = createCarryRules({
    bridge: () => nodes.of(OWN).edge.bridge(),
    isWanted: async () => (await state.nodes.listReadable()).records.some(({ value }) => value.joined),
    keep: options.keepCarry ?? (async () => {}),
    clock,
    log,
  });
  const routes = createRoutes({
    ...common,
    term: cluster.term,
    nodes: links.nodes,
    through: doors?.name,
    publish: links.publish,
    check: checks.watch,
    inUse: links.settled,
    api: options.apiRoute,
  });
  const work = createWork({
    ...common,
    ...options,
    cluster: cluster.id,
    nodes,
    giving,
    onDone: (key) => services.notice(key),
  });
  const { images, executor } = work;

  async function tend(node: string): Promise<void> {
    const left = (err: unknown) => log.debug({ err, node }, 'a container that was for once is not removed yet');
    await Promise.all([work.runs.sweep(node).catch(left), removeLeftHelpers({ world, engines }, node).catch(left)]);
  }

  const homes = createHomes({
    ...common,
    hearing,
    onChange: () => notices.all(),
  });
  const drains = createDrains(common);
  const words = createWords({ state, commit, log });
  const recent = createRecentSeats();
  const reconcile = createServiceController({
    ...common,
    words,
    blocked,
    executor,
    readRevision,
    onPass: (key, isCalm) => notices.passed(key, isCalm),
    recent,
    placing: createPlacingReader({ state, world, clock, readRevision, images, recent }),
    means: ({ target, from, service, deployment, tasks }) => ({
      images: images.states(target),
      pulling: images.pulling(target),
      fromImages: from && images.states(from),
      tableSettled: routes.settled(tableAsOf({ service, deployment })),
      tableWithheld: routes.withheld((project) => project === target.project),
      trouble: executor.trouble(serviceKey(target.project, target.service)),
      nodes: candidates.ready(),
      homes: homes.of(tasks.map(({ value }) => value.node)),
    }),
  });

  const services = createLoop({
    reconcile,
    clock,
    // The table is made first: a pass then knows it, and need not be repeated for it.
    gather: nextTurn,
    onError: (key, err, retryIn) => log.warn({ err, key, retryIn }, 'a service could not be reconciled'),
  });
  const tables = createTableLoop({ routes, onTable: () => notices.table(), clock, steady, log });

  const notices = createNotices({ state, world, services, tables, upkeep: [edgeLock, nodes], log });

  const run = async (signal: AbortSignal) => {
    const unlisten = links.onChange(notices.dataPlane);
    carryRules.notice();
    const retention = createRetention({
      state,
      archive,
      secrets: createSecretRetention({ state, commit }),
      files: createFileRetention({ state, commit }),
      images: createImageRetention(common),
      fileVolumes: createFileVolumeRetention(common),
      log,
    });
    const loops = Promise.all([
      nodes.run(signal),
      watchServices(
        {
          state,
          log,
          onService: notices.service,
          onNode: () => {
            tables.notice('table');
            carryRules.notice();
          },
          onReset: notices.all,
        },
        signal,
      ),
      every(RETENTION_EVERY, signal, retention),
      homes.known(signal).then(() => services.run(signal)),
      tables.run(signal),
      edgeLock.run(signal),
      carryRules.run(signal),
      homes.run(signal),
      drains.run(signal),
    ]);
    const ended = loops.then(() => Promise.all([executor.idle(), words.idle()]));
    await Promise.race([ended, afterAbort(signal, STEPS_END_WITHIN)]);
    unlisten();
    checks.stop();
  };

  return {
    world,
    runs: work.runs,
    run,
    withheld: routes.withheld,
    edgeProblem: edgeLock.problem,
    networkProblem: () => nodes.networkProblem() ?? carryRules.problem(),
    alarms: homes.alarms,
    gateway: () => nodes.of(OWN).edge.gateway(),
    prepare: async () => nodes.of(OWN).edge.prepare(),
  };
}
