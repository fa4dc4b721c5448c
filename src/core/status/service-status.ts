import { type ContainerView, LABEL } from '../model/container.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Task } from '../model/task.ts';
import { howEnded, lastRestart } from '../rollout/endings.ts';
import { nameOf } from '../rollout/judge.ts';
import type { Sight, TaskView } from '../rollout/observed.ts';
import { wantedReplicas } from '../rollout/plan-service.ts';
import { slotsOf } from '../rollout/slots.ts';
import { stageOf } from '../rollout/stage.ts';
import { type TaskReport, taskStatus } from './task-status.ts';

/** `paused`: stopped by hand until start or deploy. `stopped`: no replicas are wanted. */
export type ServiceWord = 'running' | 'degraded' | 'deploying' | 'stopped' | 'paused' | 'failed';

export interface ServiceStatusInput {
  readonly sight: Sight;
  /** Deployments of the service, any order. */
  readonly deployments: readonly Deployment[];
  /** Containers of the cluster; undefined while the engine cannot be read. */
  readonly containers: readonly ContainerView[] | undefined;
}

export interface LastFailure {
  readonly at: number;
  readonly reason: string;
  readonly task?: string | undefined;
  readonly exitCode?: number | undefined;
}

export interface ServiceReport {
  readonly word: ServiceWord;
  readonly reason: string;
  /** Slots with a task that serves: seen ready, and routed if the service has domains. */
  readonly running: number;
  /** The newest revision that serves. */
  readonly servingRevision?: number | undefined;
  readonly lastFailure?: LastFailure | undefined;
  /** In the order of `sight.tasks`. */
  readonly tasks: readonly TaskReport[];
  /** Names of the service's containers that no task accounts for. */
  readonly unknown: readonly string[];
}

/** A service as it is observed now, never as it is wished. */
export function serviceStatus(input: ServiceStatusInput, now: number): ServiceReport {
  const { sight } = input;
  const tasks = sight.tasks.map((seen) => taskStatus(sight, seen, now));
  const serving = sight.tasks.filter((_, index) => tasks[index]?.serves).map(({ task }) => task);
  const running = new Set(serving.map(({ slot }) => slot)).size;
  const done = slotsOf(sight, sight.service.replicas, now).filter(({ stage }) => stage === 'completed').length;
  const failure = lastFailure(input, now);
  return {
    ...wordOf(input, tasks, { serving, running, done, failure }),
    running,
    servingRevision: serving.length > 0 ? Math.max(...serving.map(({ revision }) => revision)) : undefined,
    lastFailure: failure,
    tasks,
    unknown: unaccounted(input),
  };
}

interface Word {
  readonly word: ServiceWord;
  readonly reason: string;
}

interface Count {
  readonly serving: readonly Task[];
  /** Slots that serve. */
  readonly running: number;
  /** Slots whose task has run to its end. */
  readonly done: number;
  readonly failure: LastFailure | undefined;
}

function wordOf(input: ServiceStatusInput, tasks: readonly TaskReport[], count: Count): Word {
  const { running, done } = count;
  const { service, deployment, ingressSince, engineSince } = input.sight;
  const up = tasks.filter(({ state }) => state === 'running' || state === 'stopping').length;
  if (service.removing) return { word: 'stopped', reason: `is being removed; ${up} tasks still run` };
  if (service.paused)
    return { word: 'paused', reason: up > 0 ? `is being stopped; ${up} tasks still run` : 'was stopped' };
  if (deployment) return { word: 'deploying', reason: `deployment ${deployment.id}: ${deployment.reason}` };
  if (service.replicas === 0) {
    return { word: 'stopped', reason: up > 0 ? `is scaled to 0; ${up} tasks still run` : 'is scaled to 0' };
  }
  const short = `${running} of ${service.replicas} serve${done > 0 ? `, ${done} ran to their end` : ''}`;
  if (running + done >= service.replicas) return running > 0 ? servingWord(input, count, short) : ENDED;
  if (engineSince === undefined) return { word: 'degraded', reason: `${short}; the engine cannot be read` };
  if (running === 0 && !isComing(input, tasks)) return { word: 'failed', reason: whyFailed(count) };
  const noProbes = ingressSince === undefined && tasks.some(({ health }) => health === 'unknown');
  if (noProbes) return { word: 'degraded', reason: `${short}; no data plane is connected` };
  return { word: 'degraded', reason: `${short}${firstTrouble(tasks)}` };
}

const ENDED: Word = { word: 'stopped', reason: 'ran to its end' };

/** A deployment that failed and was told not to go back may have left another revision serving than the wanted one. */
function servingWord({ sight: { target } }: ServiceStatusInput, { serving, failure }: Count, short: string): Word {
  const other = serving.find(({ hash }) => hash !== target.hash);
  if (!other) return { word: 'running', reason: short };
  const why = failure?.reason ?? 'it is not ready';
  return { word: 'degraded', reason: `revision ${other.revision} serves, not ${target.number}: ${why}` };
}

/** Is anything on its way that may serve? */
const isComing = ({ sight }: ServiceStatusInput, tasks: readonly TaskReport[]): boolean =>
  wantedReplicas(sight) > 0 &&
  tasks.some(({ health }) => health === 'waiting' || health === 'failing' || health === 'unknown');

const whyFailed = ({ failure }: Count): string =>
  failure === undefined ? 'nothing of it runs' : `nothing of it runs: ${failure.reason}`;

function firstTrouble(tasks: readonly TaskReport[]): string {
  const trouble = tasks.find(({ health }) => health === 'failing' || health === 'waiting' || health === 'unknown');
  return trouble ? `; ${trouble.reason}` : '';
}

/** The newest failure: of a rollout, or of a task that ended or was restarted unasked. */
function lastFailure({ sight, deployments }: ServiceStatusInput, now: number): LastFailure | undefined {
  const ofRollouts = deployments.flatMap(({ failure }) => (failure ? [failure] : []));
  const ofTasks = sight.tasks.flatMap((seen) => {
    const { id, end } = seen.task;
    if (!end || end.wanted || stageOf(sight, seen, now) === 'completed') return [];
    return [{ at: end.at, reason: end.reason, task: id, exitCode: end.exitCode }];
  });
  const ofRestarts = sight.tasks.flatMap((seen) => restartFailure(sight, seen));
  const newest = [...ofRollouts, ...ofTasks, ...ofRestarts].sort((a, b) => b.at - a.at)[0];
  return newest && { at: newest.at, reason: newest.reason, task: newest.task, exitCode: newest.exitCode };
}

/** Docker has restarted it in place: it may serve again, and yet something is wrong with it. */
function restartFailure(sight: Sight, seen: TaskView): readonly LastFailure[] {
  const ending = lastRestart(seen);
  if (!ending || seen.task.phase !== 'run') return [];
  const reason = `${nameOf(seen)} ${howEnded(sight, seen, ending)} and was restarted`;
  return [{ at: ending.seenAt, reason, task: seen.task.id, exitCode: ending.exitCode }];
}

/** Of a task that ended, one that does not run: its log is being copied, and then it goes. */
const isAccounted = ({ task, container }: TaskView): boolean =>
  task.phase !== 'ended' || (container !== undefined && container !== 'unknown' && container.state !== 'running');

function unaccounted({ sight, containers = [] }: ServiceStatusInput): readonly string[] {
  const { project, name } = sight.service;
  const known = new Set(sight.tasks.filter(isAccounted).map(({ task }) => task.id));
  return containers
    .filter(({ labels }) => labels[LABEL.project] === project && labels[LABEL.service] === name)
    .filter((container) => !known.has(container.name))
    .map((container) => container.name)
    .sort();
}
