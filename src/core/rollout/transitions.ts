import type { EngineTime } from '../clock.ts';
import { canaryOf, type Deployment, type Failure, goesBackSince } from '../model/deployment.ts';
import type { Revision } from '../model/revision.ts';
import type { Service } from '../model/service.ts';
import { canBecome, type Task, type TaskEnd } from '../model/task.ts';
import { isHeld } from './held.ts';
import { RELEASE_SLOT } from './slot.ts';
import type { Step } from './step.ts';

/**
 * What each step writes: pure, from the record as stored to the record to store. Each may be applied twice without
 * harm, and none moves a state backwards. The controller commits them; the simulator and `orca plan` apply them to a model.
 */
type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;

export interface NewTask {
  readonly step: StepOf<'assign'>;
  readonly target: Revision;
  readonly id: string;
  readonly address: string;
  /** Its addresses on further networks, by key. */
  readonly networks?: Readonly<Record<string, string>> | undefined;
  readonly now: number;
}

export const assigned = ({ step, target, id, address, networks = {}, now }: NewTask): Task => ({
  id,
  project: target.project,
  service: target.service,
  slot: step.slot,
  revision: step.revision,
  hash: target.hash ?? '',
  node: step.node,
  address,
  ...(Object.keys(networks).length > 0 && { networks }),
  attempt: step.attempt,
  phase: 'run',
  routed: false,
  assignedAt: now,
  deployment: step.deployment,
  ...(step.slot === RELEASE_SLOT && { release: {} }),
  reason: step.reason,
});

/** It is about to be started, and never again. */
export const releasing = (task: Task, container: string, now: number): Task => ({
  ...task,
  container,
  release: { begunAt: now },
});

export const created = (task: Task, container: string): Task => ({ ...task, container });

export const routed = (task: Task, start: EngineTime | undefined, now: number): Task =>
  task.routed || task.phase !== 'run'
    ? task
    : {
        ...task,
        routed: true,
        routedAt: now,
        firstRoutedAt: task.firstRoutedAt ?? now,
        routedStart: start,
        kept: undefined,
      };

export const unrouted = (task: Task, reason: string, now: number): Task =>
  task.routed ? { ...task, routed: false, unroutedAt: now, reason } : task;

export const stopping = (task: Task, { reason, wanted }: StepOf<'stop'>, now: number): Task =>
  canBecome(task.phase, 'stop')
    ? {
        ...unrouted(task, reason, now),
        phase: 'stop',
        stoppingSince: now,
        reason,
        ...(wanted === false && { givenUp: true }),
      }
    : task;

/** Its node is down, and another task takes its slot. */
export const lost = (task: Task, reason: string, now: number): Task =>
  canBecome(task.phase, 'stop')
    ? { ...unrouted(task, reason, now), phase: 'stop', stoppingSince: now, lost: true, reason }
    : task;

export const ended = (task: Task, end: TaskEnd): Task =>
  canBecome(task.phase, 'ended') ? { ...task, phase: 'ended', routed: false, end } : task;

export const restarted = (task: Task, { ending, count }: StepOf<'restarted'>, now: number): Task =>
  task.phase === 'run' && task.restarted?.finishedAt !== ending.finishedAt
    ? { ...task, restarted: { ...ending, count, toldAt: now } }
    : task;

export const kept = (task: Task, { ms, reason }: StepOf<'keep'>, now: number): Task =>
  task.phase === 'run' && !task.routed && !task.kept ? { ...task, kept: { at: now, ms }, reason } : task;

export const cutOver = (deployment: Deployment, { hash, reason }: StepOf<'cut-over'>, now: number): Deployment =>
  deployment.cutOver?.hash === hash ? deployment : { ...deployment, cutOver: { hash, at: now }, reason };

export const cutOverDone = (deployment: Deployment): Deployment =>
  deployment.cutOver && !deployment.cutOver.done
    ? { ...deployment, cutOver: { ...deployment.cutOver, done: true } }
    : deployment;

export const wentThrough = (deployment: Deployment, reason: string): Deployment =>
  canaryOf(deployment)?.reachedAt === undefined ? { ...deployment, canary: undefined, reason } : deployment;

/** Not of a weight that was changed meanwhile. */
export function paused(deployment: Deployment, { weight, reason }: StepOf<'pause'>, now: number): Deployment {
  const running = canaryOf(deployment);
  if (running?.weight !== weight || running.reachedAt !== undefined) return deployment;
  return { ...deployment, state: 'paused', canary: { ...running, reachedAt: now }, reason };
}

export const switched = (deployment: Deployment, now: number): Deployment =>
  deployment.switchedAt === undefined
    ? { ...deployment, switchedAt: now, reason: 'the new set must hold for monitor' }
    : deployment;

/** It waited for others, and does so no longer. */
export const begun = (deployment: Deployment, now: number): Deployment =>
  isHeld(deployment) ? { ...deployment, state: 'running', begunAt: now, reason: 'waits to be begun' } : deployment;

/** A service and its deployment, written together. */
export interface Pair {
  readonly service: Service;
  readonly deployment: Deployment;
}

export const succeeded = ({ service, deployment }: Pair, reason: string, now: number): Pair => ({
  service: { ...service, stable: deployment.to, deployment: undefined },
  deployment: { ...deployment, state: 'succeeded', reason, endedAt: now },
});

/** The way back begins; where there is none by the user's wish, this is the end. */
export function failed({ service, deployment }: Pair, step: StepOf<'fail'>, log: readonly string[], now: number): Pair {
  if (goesBackSince(deployment) !== undefined) return { service, deployment };
  const failure: Failure = { ...step.failure, log, at: now };
  const stays = step.to === undefined && deployment.from !== undefined;
  if (stays) {
    return {
      service: { ...service, deployment: undefined },
      deployment: { ...deployment, failure, state: 'failed', reason: failure.reason, endedAt: now },
    };
  }
  return {
    service: step.to === undefined ? service : wentBack(service, step.to, step),
    deployment: { ...deployment, state: 'running', failure, reason: failure.reason },
  };
}

const wentBack = (service: Service, revision: number, { replicas, scaledFrom }: StepOf<'fail'>): Service => ({
  ...service,
  revision,
  replicas: replicas ?? service.replicas,
  scaledFrom,
});

/** Back to what served; who stopped the service in the middle has not been given its count yet. One scaled by hand stays. */
function backToStable({ service, deployment }: Pair): Partial<Service> {
  const { stable, revision, scaledFrom } = service;
  if (stable === undefined || stable === revision) return {};
  const wentBack = goesBackSince(deployment) !== undefined || scaledFrom !== undefined;
  return { revision: stable, ...(wentBack ? {} : deployment.before) };
}

export function settled({ service, deployment }: Pair, step: StepOf<'settle'>, now: number): Pair {
  const { failure, revert } = deployment;
  const why = failure?.reason ?? (revert && `rolled back by ${revert.by}`);
  const reason = why === undefined ? step.reason : `${why}; ${step.reason}`;
  return {
    service: { ...service, ...backToStable({ service, deployment }), deployment: undefined },
    deployment: { ...deployment, state: step.state, reason, endedAt: now },
  };
}

/** It never began: the service is as it was. */
export const skipped = ({ service, deployment }: Pair, reason: string, now: number): Pair =>
  isHeld(deployment)
    ? {
        service: {
          ...service,
          ...backToStable({ service, deployment }),
          paused: service.paused || deployment.wasStopped === true,
          deployment: undefined,
        },
        deployment: { ...deployment, state: 'skipped', reason, endedAt: now },
      }
    : { service, deployment };
