import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Edge } from '../core/edge/edge.ts';
import { LOCAL_NODE } from '../core/model/node.ts';
import type { Revision } from '../core/model/revision.ts';
import { serviceKey } from '../core/model/service.ts';
import type { Task } from '../core/model/task.ts';
import type { OwnPorts } from '../core/rollout/own-ports.ts';
import type { ApiRoute } from '../core/route/api-route.ts';
import type { Engine } from '../engine/engine.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';
import type { Cluster } from './cluster.ts';
import { createCommandChecks } from './command-checks.ts';
import { createCommit } from './commit.ts';
import { createEdgeLock } from './edge-lock.ts';
import { createFileRetention } from './file-retention.ts';
import { createImageRetention } from './image-retention.ts';
import type { IngressLink } from './ingress/link.ts';
import { nameServerAt, untilKnown } from './ingress/name-server.ts';
import { createLoop, every } from './loop.ts';
import { createLocalNode } from './nodes.ts';
import { createNotices } from './notices.ts';
import { createWorld } from './observe-world.ts';
import { createObserver } from './observer.ts';
import { afterAbort, restAfter } from './pauses.ts';
import { createProjectNetworks } from './project-networks.ts';
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
  readonly engine: Engine;
  /** Locks the edge of this machine once; rejects where it cannot. */
  readonly lockEdge: (edge: Edge) => Promise<void>;
  readonly link: IngressLink;
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

/** An unprepared node is tried this often; a prepared one is checked now and then: somebody may prune its network. */
const PREPARE_EVERY = 1_000;
const CHECK_EVERY = 30_000;
const RETENTION_EVERY = 60_000;
const LOG_LINES_TOLD = 20;
/** A container may take minutes to stop; nobody who stops the server waits for that. */
const STEPS_END_WITHIN = 8_000;

/** The loops of one master, wired: what they are told by, what they look at, what they do it with. */
export function createControllers(options: ControllersOptions): Controllers {
  const { state, engine, link, archive, cluster, clock, log, newId } = options;
  const { steady = () => performance.now() } = options;
  const observer = createObserver({
    engine,
    clock,
    steady,
    log,
    onChange: (key) => notices.service(key),
    onReset: () => notices.all(),
  });
  const checks = createCommandChecks({
    run: (task, command, limit, signal) => engine.execToEnd(task, { command, limit, signal }),
    clock,
    onChange: (key, change) => {
      services.notice(key);
      if (change === 'ready') tables.notice('table');
    },
  });
  const world = createWorld(new Map([[LOCAL_NODE, observer]]), link, checks, clock);
  const commit = createCommit(state, cluster.term);
  const common = { state, engine, commit, world, observer, cluster: cluster.id, clock, log };
  const node = createLocalNode({ state, engine, commit, cluster: cluster.id });
  const edgeLock = createEdgeLock({ state, world, lock: options.lockEdge, bridge: node.bridge, clock, steady, log });
  const readRevision = rememberRevisions(state);
  const routes = createRoutes({
    ...common,
    readRevision,
    term: cluster.term,
    publish: link.publish,
    check: checks.watch,
    inUse: link.settled,
    api: options.apiRoute,
  });
  const images = createImages({ engine, state, commit, clock });
  const giving = createTurns();
  const networks = createProjectNetworks({
    ...common,
    readRevision,
    giving,
  });
  const assigner = createAssigner({ state, commit, world, networks: networks.of, giving, clock, readRevision, newId });
  const mend = async (revision: Revision, task: Task) => {
    images.forget(revision);
    await node.prepare();
    await networks.mend(Object.keys(task.networks ?? {}));
    await images.bring(revision);
  };
  const keepLogs = createKeepLogs(engine, archive, log);
  const readSecrets = createReadSecrets(state, options.openSecret);
  const withVolumes = createWithVolumes({ state, engine, commit, clock, cluster: cluster.id });
  const nameServer = (gateway: string) => nameServerAt(link, gateway);
  const runs = createRuns({
    ...common,
    assigner,
    readSecrets,
    nameServer,
    withVolumes,
    bring: images.bring,
    newId,
  });

  const executor = createExecutor({
    assign: assigner.assign,
    pull: async (...of) => images.bring(await revisionOf(state, readRevision)(...of)),
    task: createTaskSteps({
      ...common,
      ownPorts: options.ownPorts,
      keepLogs,
      readRevision: revisionOfTask(state, readRevision),
      readSecrets,
      withVolumes,
      mend,
      nameServer,
      untilKnown: (task) => untilKnown(link, task.address),
      isThere: (task) => world.container({ id: task, node: LOCAL_NODE }) !== undefined,
    }),
    deployment: createDeploymentSteps({
      state,
      commit,
      clock,
      lastWords: (task) => lastWords(engine, archive, task, LOG_LINES_TOLD),
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
      image: images.state(target),
      pulling: images.pulling(target),
      fromImage: from && images.state(from),
      tableSettled: routes.settled(tableAsOf({ service, deployment })),
      tableWithheld: routes.withheld((project) => project === target.project),
      trouble: executor.trouble(serviceKey(target.project, target.service)),
      nodes: node.ready() && observer.since() !== undefined ? [LOCAL_NODE] : [],
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

  const notices = createNotices({ state, world, services, tables, upkeep: [edgeLock, networks], log });

  function told(what: string) {
    return (key: string, err: unknown, retryIn: number) => log.warn({ err, key, retryIn }, what);
  }

  let preparedAt = Number.NEGATIVE_INFINITY;
  const prepare = async () => {
    if (node.ready() && clock.now() - preparedAt < CHECK_EVERY) return;
    const before = node.ready();
    preparedAt = clock.now();
    await node.prepare().catch((err: unknown) => log.debug({ err }, 'the node is not prepared yet'));
    if (!before && node.ready()) notices.all();
  };

  const run = async (signal: AbortSignal) => {
    const unlisten = link.onChange(notices.dataPlane);
    const retention = createRetention({
      state,
      archive,
      secrets: createSecretRetention({ state, commit }),
      files: createFileRetention({ state, commit }),
      images: createImageRetention({ state, engine, commit, log }),
      log,
    });
    const loops = Promise.all([
      observer.run(signal),
      watchServices({ state, log, onService: notices.service, onReset: notices.all }, signal),
      every(PREPARE_EVERY, signal, prepare),
      every(RETENTION_EVERY, signal, retention),
      every(PREPARE_EVERY, signal, () =>
        runs.sweep().catch((err: unknown) => log.debug({ err }, 'a one-off container is not removed yet')),
      ),
      services.run(signal),
      tables.run(signal),
      edgeLock.run(signal),
      networks.run(signal),
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
    networkProblem: networks.problem,
    gateway: node.gateway,
    prepare: node.prepare,
  };
}
