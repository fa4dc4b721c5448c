import type { Revision } from '../core/model/revision.ts';
import type { ServiceKey } from '../core/model/service.ts';
import type { Task } from '../core/model/task.ts';
import type { OwnPorts } from '../core/rollout/own-ports.ts';
import type { Engine } from '../engine/engine.ts';
import type { Engines } from '../engine/engines.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';
import type { Commit } from './commit.ts';
import type { Links } from './ingress/links.ts';
import { nameServerAt, untilKnown } from './ingress/name-server.ts';
import type { Nodes } from './node/nodes.ts';
import { createRunPlace } from './placing/run-place.ts';
import { createRuns, type Runs } from './runs/runs.ts';
import { createAssigner } from './services/assign.ts';
import { createDeploymentSteps } from './services/deployment-steps.ts';
import { createExecutor, type Executor } from './services/executor.ts';
import { forgetService } from './services/forget.ts';
import { createImages, type Images } from './services/images.ts';
import { createKeepLogs, type LogKeeper, lastWords } from './services/keep-logs.ts';
import { type ReadRevision, revisionOf, revisionOfTask } from './services/revisions.ts';
import { createReadSecrets } from './services/secret-values.ts';
import { createTaskSteps } from './services/task-steps.ts';
import { createWithVolumes } from './services/volumes.ts';
import type { InTurn } from './turns.ts';
import type { World } from './world.ts';

/** What a master does, to services and to containers, each on the node that it is on. */
export interface Work {
  readonly images: Images;
  readonly runs: Runs;
  readonly executor: Executor;
}

export interface WorkOptions {
  readonly state: State;
  readonly registries: Pick<Engine, 'resolve'>;
  readonly engines: Engines;
  /** Id of the master's own machine. */
  readonly own: string;
  readonly nodes: Nodes;
  readonly links: Links;
  readonly archive: LogKeeper;
  readonly commit: Commit;
  readonly world: World;
  readonly readRevision: ReadRevision;
  readonly giving: InTurn;
  readonly cluster: string;
  readonly clock: { now(): number };
  readonly log: Log;
  readonly openSecret: (place: string, envelope: string) => string;
  readonly newId: () => string;
  readonly ownPorts?: OwnPorts | undefined;
  /** A step of the service has ended. */
  readonly onDone: (key: ServiceKey) => void;
}

const LOG_LINES_TOLD = 20;

export function createWork(options: WorkOptions): Work {
  const { state, engines, nodes, links, archive, commit, world, readRevision, clock, log } = options;
  const images = createImages(options);
  const networks = async (node: string, project: string, service: string) =>
    nodes.of(node).networks.of(project, service);
  const assigner = createAssigner({ ...options, networks });
  const mend = async (revision: Revision, { node, networks: on = {} }: Task) => {
    const there = nodes.of(node);
    images.forget(revision, node);
    await there.edge.prepare();
    await there.networks.mend(Object.keys(on));
    await images.bring(revision, node);
  };
  const parts = {
    ...options,
    readSecrets: createReadSecrets(state, options.openSecret),
    withVolumes: createWithVolumes(options),
    nameServer: (node: string, gateway: string) => nameServerAt(links.of(node), gateway),
  };
  const runs = createRuns({
    ...parts,
    place: createRunPlace(options),
    assigner,
    bring: images.bring,
  });
  const executor = createExecutor({
    assign: assigner.assign,
    pull: async (project, service, { revision, node }) =>
      images.bring(await revisionOf(state, readRevision)(project, service, revision), node),
    task: createTaskSteps({
      ...parts,
      keepLogs: createKeepLogs(archive, log),
      readRevision: revisionOfTask(state, readRevision),
      mend,
      untilKnown: (task) => untilKnown(links.of(task.node), task.address),
      observer: nodes.watching,
      isThere: (task) => world.container(task) !== undefined,
    }),
    deployment: createDeploymentSteps({
      ...options,
      lastWords: (task) => lastWords(engines, archive, task, LOG_LINES_TOLD),
    }),
    forget: (project, service) => forgetService(state, commit, project, service, clock.now()),
    onDone: options.onDone,
    clock,
    log,
  });
  return { images, runs, executor };
}
