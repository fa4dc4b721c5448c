import { engineTime, planeTime } from '../clock.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Revision } from '../model/revision.ts';
import type { Service } from '../model/service.ts';
import type { Task } from '../model/task.ts';
import { allOn, type Place as PlaceTask } from '../schedule/placing.ts';
import { awayFor } from './away.ts';
import type { ImageStates, Place, ServiceView, TaskView } from './observed.ts';
import { planService } from './plan-service.ts';
import type { Step } from './step.ts';
import { isStopFirst } from './stop-first.ts';
import * as transition from './transitions.ts';

export interface ForecastInput {
  /** As it stands; undefined for a new one. */
  readonly service?: Service | undefined;
  readonly from?: Revision | undefined;
  readonly to: Revision;
  readonly replicas: number;
  readonly tasks: readonly Task[];
  /** Of the deployment that is forecast. */
  readonly deployment?: Pick<Deployment, 'canary' | 'before' | 'revert'> | undefined;
  /** Where tasks go; all to one node unless given. */
  readonly where?: Where | undefined;
}

export interface Where {
  readonly nodes: readonly Place[];
  /** The nodes, to the tasks that are on them: what is to leave one moves. */
  readonly homes?: ServiceView['homes'];
  /** @param tasks of the service, as they stand by then */
  place(tasks: readonly Task[]): PlaceTask;
}

export interface Forecast {
  /** In the order they would be applied if everything goes well. */
  readonly steps: readonly Step[];
  /** Longest time in which a slot that served does not serve, estimated, ms; 0 for start-first. */
  readonly downtime: number;
  /** @see Away */
  readonly isSeen: boolean;
}

const ONE: Place = { id: 'local', name: 'local' };
const ON_ONE: Where = { nodes: [ONE], place: () => allOn(ONE) };

const TICK = 100;
const LONGEST = 20_000;

/** Runs the planner against a model world in which everything goes well: what `orca plan` shows. Pure. */
export function forecast(input: ForecastInput): Forecast {
  const run = forecasting(input);
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
  }
}

/** The same, pass by pass: a thousand tasks take thousands of passes, each of milliseconds. */
export function* forecasting(input: ForecastInput): Generator<undefined, Forecast> {
  let model = begin(input);
  const stopsFirst = isStopFirst(viewOf(model));
  const steps: Step[] = [];
  for (let pass = 0; pass < LONGEST; pass += 1) {
    const plan = planService(viewOf(model), model.now);
    if (plan.steps.length === 0 && isAtRest(model)) break;
    steps.push(...plan.steps);
    model = plan.steps.reduce(apply, model);
    model = { ...model, now: plan.steps.length > 0 ? model.now + TICK : Math.max(model.now + TICK, plan.wakeAt ?? 0) };
    yield;
  }
  const away = stopsFirst ? awayFor(input.tasks, input) : undefined;
  return { steps, downtime: away?.ms ?? 0, isSeen: away?.isSeen ?? false };
}

/** What comes after a canary's first step is for a user to say. */
const isAtRest = ({ deployment }: Model): boolean => deployment === undefined || deployment.state === 'paused';

interface Model {
  readonly now: number;
  readonly service: Service;
  readonly deployment?: Deployment | undefined;
  readonly from?: Revision | undefined;
  readonly to: Revision;
  /** These two change in place: a copy for each step of a thousand tasks would take seconds. */
  readonly tasks: Map<string, Task>;
  readonly startedAt: Map<string, number>;
  /** Ids of nodes that have the image. */
  readonly pulled: ReadonlySet<string>;
  readonly where: Where;
}

/** As all that runs is taken to be; made by another deployment than the one that is forecast. */
const SERVES = { routed: true, routedStart: engineTime(0), deployment: -1 };

/** What was kept gets no requests. */
const STANDS_READY = { ...SERVES, routed: false };

const isRunning = (task: Task): boolean => task.phase === 'run' && task.release === undefined;

function begin({ service, from, to, replicas, tasks, deployment, where = ON_ONE }: ForecastInput): Model {
  const running = tasks.filter(isRunning);
  const now = Math.max(1, ...running.map((task) => task.assignedAt + 1));
  const { project, service: name, number } = to;
  const revision = { ...to, hash: to.hash ?? 'unresolved' };
  return {
    now,
    service: {
      project,
      name,
      createdAt: now,
      stable: from?.number,
      ...service,
      revision: number,
      replicas,
      paused: false,
      removing: false,
      deployment: 0,
    },
    deployment: {
      id: 0,
      project,
      service: name,
      from: from?.number,
      to: number,
      state: 'running',
      strategy: to.spec.deploy.strategy,
      canary: deployment?.canary,
      before: deployment?.before,
      revert: deployment?.revert && { ...deployment.revert, at: now },
      reason: '',
      startedAt: now,
    },
    from,
    to: revision,
    tasks: new Map(
      running.map((task) => [
        task.id,
        { ...task, ...(task.kept ? STANDS_READY : SERVES), routedAt: task.routedAt ?? 0, container: task.id },
      ]),
    ),
    startedAt: new Map(running.map((task) => [task.id, 0])),
    pulled: new Set(),
    where,
  };
}

function viewOf(model: Model): ServiceView {
  const { nodes } = model.where;
  const tasks = [...model.tasks.values()];
  return {
    service: model.service,
    target: model.to,
    deployment: model.deployment,
    from: model.from,
    tasks: tasks.filter(({ release }) => !release).map((task) => seen(model, task)),
    releases: tasks.filter(({ release }) => release).map((task) => seen(model, task)),
    images: presentOn([...model.pulled]),
    fromImages: presentOn(nodes.map(({ id }) => id)),
    engineSince: 0,
    ingressSince: 0,
    tableSettled: true,
    nodes,
    place: model.where.place(tasks),
    homes: model.where.homes,
  };
}

const presentOn = (nodes: readonly string[]): ImageStates => new Map(nodes.map((id) => [id, 'present']));

function seen({ startedAt }: Model, task: Task): TaskView {
  const since = task.phase === 'ended' ? undefined : startedAt.get(task.id);
  const container =
    since === undefined
      ? undefined
      : {
          id: task.id,
          name: task.id,
          labels: {},
          state: 'running' as const,
          startedAt: engineTime(since),
          startSeenAt: since,
          stateSince: since,
          oomKilled: false,
          restarts: 0,
        };
  const health =
    since === undefined
      ? undefined
      : {
          task: task.id,
          container: task.id,
          startedAt: engineTime(since),
          ready: true,
          since: planeTime(since),
          heldSince: since,
          passes: 2,
          misses: 0,
        };
  return {
    task,
    container,
    health,
    checked: health,
    engineSince: 0,
    routing: { everywhere: task.routed, somewhere: task.routed },
    inflight: 0,
    failedRequests: 0,
  };
}

const withDeployment = (model: Model, change: (deployment: Deployment) => Deployment): Model =>
  model.deployment ? { ...model, deployment: change(model.deployment) } : model;

function apply(model: Model, step: Step): Model {
  const write = (id: string, change: (task: Task) => Task): Model => {
    const task = model.tasks.get(id);
    if (task) model.tasks.set(id, change(task));
    return model;
  };
  switch (step.kind) {
    case 'pull':
      return { ...model, pulled: new Set([...model.pulled, step.node]) };
    case 'assign': {
      const id = `new-${step.revision}-${step.slot}`;
      const target = step.revision === model.from?.number ? model.from : model.to;
      const task = transition.assigned({ step, target, id, address: '', now: model.now });
      const end = { at: model.now, wanted: false, exitCode: 0, reason: '' };
      model.tasks.set(id, task.release ? transition.ended(task, end) : task);
      return model;
    }
    case 'start':
      model.startedAt.set(step.task, model.now);
      return write(step.task, (task) => transition.created(task, task.id));
    case 'route':
      return write(step.task, (task) => transition.routed(task, step.start, model.now));
    case 'unroute':
      return write(step.task, (task) => transition.unrouted(task, step.reason, model.now));
    case 'stop':
    case 'lose':
    case 'bury':
    case 'sweep':
      return write(step.task, (task) => transition.ended(task, { at: model.now, wanted: true, reason: step.reason }));
    case 'keep':
      return write(step.task, (task) => transition.kept(task, step, model.now));
    case 'cut-over':
      return withDeployment(model, (deployment) => transition.cutOver(deployment, step, model.now));
    case 'cut-over-done':
      return withDeployment(model, transition.cutOverDone);
    case 'go-through':
      return withDeployment(model, (deployment) => transition.wentThrough(deployment, step.reason));
    case 'pause':
      return withDeployment(model, (deployment) => transition.paused(deployment, step, model.now));
    case 'switched':
      return withDeployment(model, (deployment) => transition.switched(deployment, model.now));
    default:
      return {
        ...model,
        deployment: undefined,
        service: { ...model.service, stable: model.to.number, deployment: undefined },
      };
  }
}
