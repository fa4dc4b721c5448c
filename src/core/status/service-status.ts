import { type ContainerView, LABEL } from '../model/container.ts';
import { canaryOf, type Deployment } from '../model/deployment.ts';
import type { Task } from '../model/task.ts';
import { howEnded, lastRestart } from '../rollout/endings.ts';
import { nameOf, whyUnread } from '../rollout/judge.ts';
import type { Sight, TaskView } from '../rollout/observed.ts';
import { slotsOf } from '../rollout/slots.ts';
import { stageOf } from '../rollout/stage.ts';
import { wantedReplicas } from '../rollout/wanted.ts';
import { type TaskReport, taskStatus } from './task-status.ts';
import type { ServiceWord } from './words.ts';

export interface ServiceStatusInput {
  readonly sight: Sight;
  /** Deployments of the service, any order. */
  readonly deployments: readonly Deployment[];
  /** Containers of the cluster, of each node whose engine can be read. */
  readonly containers: readonly OnNode[];
}

/** A name says whose task a container is on its task's own node alone: on another one anybody may have given it. */
export interface OnNode {
  /** Its id. */
  readonly node: string;
  readonly containers: readonly ContainerView[];
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
  /** Slots with a task that serves: seen ready, and routed if the service has domains. Undefined while none is seen, as an engine cannot be read. */
  readonly running: number | undefined;
  /** The newest revision that serves; while a canary is on, of those that it is tried beside. */
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
    running: isBlind(sight, running) ? undefined : running,
    servingRevision: servingRevision(sight, serving),
    lastFailure: failure,
    tasks,
    unknown: unaccounted(input),
  };
}

function servingRevision({ deployment, target }: Sight, serving: readonly Task[]): number | undefined {
  const old = canaryOf(deployment) ? serving.filter(({ hash }) => hash !== target.hash) : [];
  const numbers = (old.length > 0 ? old : serving).map(({ revision }) => revision);
  return numbers.length > 0 ? Math.max(...numbers) : undefined;
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
  const { service, deployment } = input.sight;
  const up = tasks.filter(({ state }) => state === 'running' || state === 'stopping').length;
  const still = up === 0 ? '' : `, ${up} ${up === 1 ? 'task is' : 'tasks are'} still running`;
  if (service.removing) return { word: 'stopping', reason: `being removed${still}` };
  if (service.paused) return { word: up > 0 ? 'stopping' : 'stopped', reason: `stopped by a user${still}` };
  if (deployment) return { word: 'deploying', reason: `deployment ${deployment.id}: ${deployment.reason}` };
  if (service.replicas === 0) return { word: up > 0 ? 'stopping' : 'scaled-to-zero', reason: `scaled to 0${still}` };
  if (isBlind(input.sight, count.running))
    return { word: 'unknown', reason: `${whyBlind(input.sight)}${firstBlock(input.sight)}` };
  return observedWord(input, tasks, count);
}

/** Nothing is seen to serve, and an engine cannot be read. What serves on other nodes is told though one of them is away. */
const isBlind = ({ engineSince }: Sight, running: number): boolean => engineSince === undefined && running === 0;

function whyBlind(sight: Sight): string {
  const unread = sight.tasks.find(({ task, container }) => task.phase !== 'ended' && container === 'unknown');
  return `orca cannot read the Docker engine${unread ? `; ${nameOf(unread)}: ${whyUnread(sight, unread)}` : ''}`;
}

/** What shall run, by what is seen of it. */
function observedWord(input: ServiceStatusInput, tasks: readonly TaskReport[], count: Count): Word {
  const { running, done, failure } = count;
  const { service, ingressSince } = input.sight;
  const short = `${running} of ${service.replicas} serving${done > 0 ? `, ${done} completed` : ''}`;
  if (running + done >= service.replicas) return running > 0 ? servingWord(input, count, short) : COMPLETED;
  const coming = comingOf(input, tasks);
  if (running === 0 && coming === 'nothing')
    return {
      word: 'failed',
      reason: `nothing is running${failure ? `: ${failure.reason}` : ''}${firstBlock(input.sight)}`,
    };
  if (ingressSince === undefined && tasks.some(({ health }) => health === 'unknown'))
    return { word: 'degraded', reason: `${short}; no data plane is connected` };
  const word = running === 0 && coming === 'fresh' ? 'starting' : 'degraded';
  return { word, reason: `${short}${firstTrouble(input, tasks)}` };
}

const COMPLETED: Word = { word: 'stopped', reason: 'all tasks ran to completion' };

/** A deployment that failed and was told not to go back may have left another revision serving than the wanted one. */
function servingWord({ sight: { target } }: ServiceStatusInput, { serving, failure }: Count, short: string): Word {
  const other = serving.find(({ hash }) => hash !== target.hash);
  if (!other) return { word: 'running', reason: short };
  const why = failure?.reason ?? 'it is not ready';
  return { word: 'degraded', reason: `revision ${other.revision} is serving instead of ${target.number}: ${why}` };
}

/** What is on its way that may serve: tasks that never did (or will be made at once), tasks that did, or nothing. */
function comingOf({ sight }: ServiceStatusInput, tasks: readonly TaskReport[]): 'fresh' | 'again' | 'nothing' {
  if (wantedReplicas(sight) === 0) return 'nothing';
  if (tasks.some(({ health }) => health === 'failing' || health === 'unknown')) return 'again';
  const isFresh = tasks.some(({ health }) => health === 'waiting') || !tasks.some(({ state }) => state === 'failed');
  if (isFresh) return 'fresh';
  return sight.tasks.some((seen, at) => isUntold(seen, tasks[at])) ? 'again' : 'nothing';
}

/** It is ready and routed: that it does not count as one that serves is for want of a data plane's word, as of a node that joins. */
const isUntold = ({ task: { phase, routed } }: TaskView, report?: TaskReport): boolean =>
  phase === 'run' && routed && report?.health === 'ready' && !report.serves;

/** What keeps the first slot that does not get on. */
function firstBlock({ blocked = NO_BLOCKS }: Sight): string {
  const [first] = [...blocked].sort(([a], [b]) => a - b);
  return first ? `; ${first[1]}` : '';
}

const NO_BLOCKS: ReadonlyMap<number, string> = new Map();

/** What keeps a slot from getting on; else the first thing that is wrong with a task that serves no more; else which ones are starting. */
function firstTrouble({ sight }: ServiceStatusInput, tasks: readonly TaskReport[]): string {
  const block = firstBlock(sight);
  if (block !== '') return block;
  const named = sight.tasks.flatMap((seen, at) => (tasks[at] ? [{ name: nameOf(seen), report: tasks[at] }] : []));
  const bad = named.find(({ report: { health } }) => health === 'failing' || health === 'unknown');
  if (bad) return `; ${bad.name}: ${bad.report.reason}`;
  const untold = sight.tasks.find((seen, at) => isUntold(seen, tasks[at]));
  if (untold) return `; a data plane has not acknowledged yet that ${nameOf(untold)} is routed`;
  const waiting = named.filter(({ report }) => report.health === 'waiting');
  const [first] = waiting;
  if (!first) return '';
  const names = waiting.length > NAMED ? `${waiting.length} tasks` : waiting.map(({ name }) => name).join(' and ');
  const why = first.report.state === 'running' ? `: ${first.report.reason}` : '';
  return `; ${names} ${waiting.length === 1 ? 'is' : 'are'} starting${why}`;
}

const NAMED = 2;

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

function unaccounted({ sight, containers }: ServiceStatusInput): readonly string[] {
  const { project, name } = sight.service;
  const known = new Set([...sight.tasks, ...sight.releases].filter(isAccounted).map(({ task }) => placeOf(task)));
  return containers
    .flatMap(({ node, containers: all }) =>
      all.filter(
        ({ name: container, labels }) =>
          labels[LABEL.project] === project &&
          labels[LABEL.service] === name &&
          labels[LABEL.kind] !== 'run' &&
          !known.has(placeOf({ id: container, node })),
      ),
    )
    .map((container) => container.name)
    .sort();
}

const placeOf = ({ id, node }: Pick<Task, 'id' | 'node'>): string => `${node}/${id}`;
