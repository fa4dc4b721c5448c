import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Edge } from '../core/edge/edge.ts';
import { LOCAL_NODE as OWN } from '../core/model/node.ts';
import type { Revision } from '../core/model/revision.ts';
import { type ServiceKey, serviceKey } from '../core/model/service.ts';
import type { Task } from '../core/model/task.ts';
import type { OwnPorts } from '../core/rollout/own-ports.ts';
import type { ApiRoute } from '../core/route/api-route.ts';
import type { Engine } from '../engine/engine.ts';
import type { Engines } from '../engine/engines.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';
import type { Cluster } from './cluster.ts';
import { createCommandChecks } from './command-checks.ts';
import { createCommit } from './commit.ts';
import { createEdgeLock } from './edge-lock.ts';
import { createFileRetention } from './file-retention.ts';
import { createImageRetention } from './image-retention.ts';
import type { Links } from './ingress/links.ts';
import { nameServerAt, untilKnown } from './ingress/name-server.ts';
import { createLoop, every } from './loop.ts';
import { createNodeChecks } from './node/checks.ts';
import { createNodes } from './node/nodes.ts';
import { createUpkeep } from './node/upkeep.ts';
import { createNotices } from './notices.ts';
import { createWorld, type Observers } from './observe-world.ts';
import { afterAbort, restAfter } from './pauses.ts';
import { createRetention } from './retention.ts';
import { createRoutes, type Routes } from './routes.ts';
import { createRuns, type Runs } from './runs/runs.ts';
import { createSecretRetention } from './secret-retention.ts';
import { createAssigner } from './services/assign.ts';
import { createServiceController } from './services/controller.ts';
import { createDeploymentSteps } from './services/deployment-steps.ts';
import { createExecutor } from './services/executor.ts';
import { forgetService } from './services/forget.ts';
import { createImages } from './services/images.ts';
import { createKeepLogs, type LogKeeper, lastWords } from './services/keep-logs.ts';
import { tableAsOf } from './services/records.ts';
import { rememberRevisions, revisionOf, revisionOfTask } from './services/revisions.ts';
import { createReadSecrets } from './services/secret-values.ts';
import { createTaskSteps } from './services/task-steps.ts';
import { createWithVolumes } from './services/volumes.ts';
import { createWords } from './services/words.ts';
import { watchServices } from './store-watch.ts';
import { createTurns } from './turns.ts';
import type { World } from './world.ts';

export interface ControllersOptions {
  readonly state: State;
  /** What a name of an image stands for is asked by the master. */
  readonly registries: Pick<Engine, 'resolve'>;
  readonly engines: Engines;
  /** False: no new task is put there. @param node its id */
  readonly mayPlace?: ((node: string) => boolean) | undefined;
  /** Locks the edge of this machine once; rejects where it cannot. */
  readonly lockEdge: (edge: Edge) => Promise<void>;
  readonly links: Links;
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
  /** The machine's address on the edge, once the network is there. */
  gateway(): string | undefined;
  /** Makes this machine ready for tasks; rejects with `unavailable` while the engine is away. It is tried again in `run`. */
  prepare(): Promise<void>;
  /** Until the signal; resolves when every step under way has ended, or soon after: the next master finishes what is left. */
  run(signal: AbortSignal): Promise<void>;
}

const CHECK_EVERY = 30_000;
const RETENTION_EVERY = 60_000;
const LOG_LINES_TOLD = 20;
/** A container may take minutes to stop; nobody who stops the server waits for that. */
const STEPS_END_WITHIN = 8_000;

/** The loops of one master, wired: what they are told by, what they look at, what they do it with. */
export function createControllers(options: ControllersOptions): Controllers {
  const { state, engines, links, archive, cluster, clock, log, newId } = options;
  const { steady = () => performance.now(), mayPlace = () => true } = options;
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
  const observers: Observers = { nodes: () => nodes.observers.nodes(), of: (node) => nodes.observers.of(node) };
  const world = createWorld(observers, links, checks, clock);
  const commit = createCommit(state, cluster.term);
  const readRevision = rememberRevisions(state);
  const common = { state, engines, own: OWN, commit, world, cluster: cluster.id, clock, steady, log, readRevision };
  const images = createImages({ ...common, registries: options.registries });
  const giving = createTurns();
  const onService = (key: ServiceKey) => notices.service(key);
  const nodes = createNodes({
    engines,
    begin: (node, engine) =>
      createUpkeep({ ...common, giving, onService, onReset: () => notices.all(), tend }, node, engine),
    onChange: (node) => {
      images.forgetNode(node);
      notices.all();
    },
  });
  const edgeLock = createEdgeLock({ ...common, lock: options.lockEdge, bridge: () => nodes.of(OWN).edge.bridge() });
  const routes = createRoutes({
    ...common,
    term: cluster.term,
    nodes: links.nodes,
    publish: links.publish,
    check: checks.watch,
    inUse: links.settled,
    api: options.apiRoute,
  });
  const networks = async (node: string, project: string, service: string) =>
    nodes.of(node).networks.of(project, service);
  const assigner = createAssigner({ ...common, networks, giving, newId });
  const mend = async (revision: Revision, { node, networks: on = {} }: Task) => {
    const there = nodes.of(node);
    images.forget(revision, node);
    await there.edge.prepare();
    await there.networks.mend(Object.keys(on));
    await images.bring(revision, node);
  };
  const keepLogs = createKeepLogs(engines, archive, log);
  const readSecrets = createReadSecrets(state, options.openSecret);
  const withVolumes = createWithVolumes(common);
  const nameServer = (node: string, gateway: string) => nameServerAt(links.of(node), gateway);
  const runs = createRuns({
    ...common,
    // One that cannot be reached now says so itself.
    places: () => [...new Set([...nodes.takeTasks().map(({ id }) => id), ...observers.nodes()])].filter(mayPlace),
    assigner,
    readSecrets,
    nameServer,
    withVolumes,
    bring: images.bring,
    newId,
  });

  function tend(node: string): Promise<void> {
    return runs.sweep(node).catch((err: unknown) => log.debug({ err }, 'a one-off container is not removed yet'));
  }

  const executor = createExecutor({
    assign: assigner.assign,
    pull: async (project, service, { revision, node }) =>
      images.bring(await revisionOf(state, readRevision)(project, service, revision), node),
    task: createTaskSteps({
      ...common,
      ownPorts: options.ownPorts,
      keepLogs,
      readRevision: revisionOfTask(state, readRevision),
      readSecrets,
      withVolumes,
      mend,
      nameServer,
      untilKnown: (task) => untilKnown(links.of(task.node), task.address),
      observer: nodes.watching,
      isThere: (task) => world.container(task) !== undefined,
    }),
    deployment: createDeploymentSteps({
      state,
      commit,
      clock,
      lastWords: (task) => lastWords(engines, archive, task, LOG_LINES_TOLD),
    }),
    forget: (project, service) => forgetService(state, commit, project, service, clock.now()),
    onDone: (key) => services.notice(key),
    clock,
    log,
  });

  const words = createWords({ state, commit, log });
  const reconcile = createServiceController({
    ...common,
    words,
    executor,
    readRevision,
    onPass: (key, isCalm) => notices.passed(key, isCalm),
    means: ({ target, from, service, deployment }) => ({
      images: images.states(target),
      pulling: images.pulling(target),
      fromImages: from && images.states(from),
      tableSettled: routes.settled(tableAsOf({ service, deployment })),
      tableWithheld: routes.withheld((project) => project === target.project),
      trouble: executor.trouble(serviceKey(target.project, target.service)),
      nodes: nodes.takeTasks().filter(({ id }) => mayPlace(id)),
    }),
  });

  const services = createLoop({
    reconcile,
    clock,
    // The table is made first: a pass then knows it, and need not be repeated for it.
    gather: nextTurn,
    onError: told('a service could not be reconciled'),
  });
  const tables = createLoop({
    clock,
    onError: told('the routing table could not be made'),
    reconcile: async () => {
      const begun = steady();
      const wakeAt = await routes.refresh();
      // Also a table that did not change is news: those who wait know now that it holds what was written.
      notices.table();
      await restAfter(steady() - begun);
      return Math.min(wakeAt ?? Number.POSITIVE_INFINITY, clock.now() + CHECK_EVERY);
    },
  });

  const notices = createNotices({ state, world, services, tables, upkeep: [edgeLock, nodes], log });

  function told(what: string) {
    return (key: string, err: unknown, retryIn: number) => log.warn({ err, key, retryIn }, what);
  }

  const run = async (signal: AbortSignal) => {
    const unlisten = links.onChange(notices.dataPlane);
    const retention = createRetention({
      state,
      archive,
      secrets: createSecretRetention({ state, commit }),
      files: createFileRetention({ state, commit }),
      images: createImageRetention(common),
      log,
    });
    const loops = Promise.all([
      nodes.run(signal),
      watchServices({ state, log, onService: notices.service, onReset: notices.all }, signal),
      every(RETENTION_EVERY, signal, retention),
      services.run(signal),
      tables.run(signal),
      edgeLock.run(signal),
    ]);
    const ended = loops.then(() => Promise.all([executor.idle(), words.idle()]));
    await Promise.race([ended, afterAbort(signal, STEPS_END_WITHIN)]);
    unlisten();
    checks.stop();
  };

  return {
    world,
    runs,
    run,
    withheld: routes.withheld,
    edgeProblem: edgeLock.problem,
    networkProblem: nodes.networkProblem,
    gateway: () => nodes.of(OWN).edge.gateway(),
    prepare: async () => nodes.of(OWN).edge.prepare(),
  };
}
