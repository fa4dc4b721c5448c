import type { Deployment } from '../model/deployment.ts';
import { demandOf } from '../strategy/strategies.ts';
import { isShared, oldReplicas, planBothSets, whyThrough } from './both-sets.ts';
import { finishCut, unfinishedCut } from './cut-over.ts';
import { howEnded } from './endings.ts';
import { isHeld } from './held.ts';
import { asBefore, awaitOthers } from './hold-back.ts';
import { withHomes } from './homes.ts';
import { lifeOf, nameOf } from './judge.ts';
import { areKept, areWhole } from './kept.ts';
import { noteRestart } from './note-restart.ts';
import type { ServiceView, TaskView } from './observed.ts';
import { earlyFailure, planDeployment } from './plan-deployment.ts';
import { planSlots } from './plan-slots.ts';
import { awaitsRelease, beginRelease, tendReleases } from './release.ts';
import { mayStop, retire } from './retire.ts';
import { byId, slotsOf } from './slots.ts';
import { type Step, stepId } from './step.ts';
import { all, nothing, take, type Verdict, wait } from './verdict.ts';
import { wantedReplicas } from './wanted.ts';

export interface Plan {
  readonly steps: readonly Step[];
  /** What it waits for, in words. */
  readonly waiting: readonly string[];
  /** Of that, what keeps a slot from getting on, by the slot's number. */
  readonly blocked: ReadonlyMap<number, string>;
  /** When time alone may change the plan. Epoch ms. */
  readonly wakeAt?: number | undefined;
}

/**
 * The next steps that bring one service closer to what is wanted. Pure; only what is safe given what was observed:
 * apply, observe, ask again. Never more than one step for one subject.
 */
export function planService(observed: ServiceView, now: number): Plan {
  const { deployment, service } = observed;
  if (deployment && isHeld(deployment) && !service.paused && !service.removing)
    return planHeld(observed, deployment, now);
  if (deployment && awaitsRelease(observed) && !service.paused && !service.removing)
    return planRelease(observed, deployment, now);
  const { view, verdict: ofHomes } = withHomes({ ...observed, tasks: observed.tasks.toSorted(byId) }, now);
  const replicas = wantedReplicas(view);
  const verdict = all([
    ofHomes,
    ...(midCut(view, replicas) ?? [rollout(view, replicas, now), ...surplus(view, now), forget(view)]),
    tendReleases(view, now),
    ...view.tasks.map((seen) => noteRestart(view, seen, now)),
  ]);
  return {
    steps: firstOfEach(verdict.steps),
    waiting: verdict.waits.map(({ reason }) => reason),
    blocked: blockedSlots(verdict),
    wakeAt: earliest(verdict, now),
  };
}

const NONE: ReadonlyMap<number, string> = new Map();

/** The first rule that has something to say of a slot is the one of most weight. */
function blockedSlots({ waits }: Verdict): ReadonlyMap<number, string> {
  const slots = new Map<number, string>();
  for (const { slot, reason } of waits) if (slot !== undefined && !slots.has(slot)) slots.set(slot, reason);
  return slots;
}

/** Before any task of the new revision; meanwhile what ran before is looked after. */
function planRelease(view: ServiceView, deployment: Deployment, now: number): Plan {
  const failure = earlyFailure(view, deployment);
  if (failure) return { steps: [failure], waiting: [], blocked: NONE };
  return beside(all([beginRelease(view, deployment, now), tendReleases(view, now)]), view, now);
}

/** It begins, or is skipped, or waits; meanwhile what ran before it is looked after. */
function planHeld(view: ServiceView, deployment: Deployment, now: number): Plan {
  const verdict = awaitOthers(view, deployment, now);
  const isOver = verdict.steps.length > 0;
  return isOver
    ? { steps: verdict.steps, waiting: [], blocked: NONE }
    : beside(all([verdict, tendReleases(view, now)]), view, now);
}

/** What is done for a deployment that has no task yet, beside what is done for those that were there before it. */
function beside(verdict: Verdict, view: ServiceView, now: number): Plan {
  const meanwhile = planService({ ...asBefore(view), releases: [] }, now);
  const times = [earliest(verdict, now), meanwhile.wakeAt].filter((at) => at !== undefined);
  return {
    steps: [...verdict.steps, ...meanwhile.steps],
    waiting: [...verdict.waits.map(({ reason }) => reason), ...meanwhile.waiting],
    blocked: meanwhile.blocked,
    ...(times.length > 0 && { wakeAt: Math.min(...times) }),
  };
}

/** Nothing else is done until the records of all tasks agree with the one that decides for them. */
function midCut({ service, deployment, tasks }: ServiceView, replicas: number): readonly Verdict[] | undefined {
  const cut = unfinishedCut(deployment);
  if (!cut || !deployment || service.paused || service.removing) return undefined;
  return [finishCut(tasks, deployment.id, cut, replicas)];
}

function rollout(view: ServiceView, replicas: number, now: number): Verdict {
  const slots = slotsOf(view, replicas, now);
  const { deployment, target } = view;
  const { spec, hash } = target;
  const through = whyThrough(view, slots, now);
  if (deployment && through !== undefined) return goThrough(deployment.id, through);
  const found = { isKept: areKept(slots), isWhole: areWhole(view, slots, now) };
  const demand = demandOf({ deployment, spec, hash, replicas, ...found }, now);
  const old = oldReplicas(view, replicas);
  const ofSets = isShared(demand)
    ? planBothSets(view, { replicas, old }, demand, now)
    : planSlots(view, slots, demand, now);
  const ofSlots = all([trouble(view), ofSets]);
  return all([
    planDeployment(view, { slots, demand, waits: ofSlots.waits }, now),
    ...view.tasks.map((seen) => finish(view, seen, now)),
    ofSlots,
  ]);
}

const goThrough = (deployment: number, why: string): Verdict =>
  take({ kind: 'go-through', deployment, reason: `it is no canary: ${why}` });

/** A step that fails is tried again, a rollout waits for a table that is not given out, and the words are told. */
const trouble = (view: ServiceView): Verdict => {
  const withheld = view.deployment && view.tableWithheld;
  return all([withheld, view.trouble].map((words) => (words === undefined ? nothing : wait(words))));
};

/** What has begun to end is ended, what died is buried, and what is left of an ended one is swept away. */
function finish(view: ServiceView, seen: TaskView, now: number): Verdict {
  const { task, container } = seen;
  const life = lifeOf(seen, now);
  if (life === 'ended' && container && container !== 'unknown')
    return take({
      kind: 'sweep',
      task: task.id,
      slot: task.slot,
      node: task.node,
      reason: `${nameOf(seen)} has ended`,
    });
  if (life === 'stopping') {
    const order = mayStop(seen, now);
    if (order !== nothing) return order;
    const stop = { kind: 'stop', task: task.id, slot: task.slot, node: task.node, reason: task.reason } as const;
    return take(task.givenUp ? { ...stop, wanted: false } : stop);
  }
  if (life !== 'dead') return nothing;
  const found = container && container !== 'unknown' ? container : undefined;
  const { exitCode, oomKilled } = found ?? {};
  return take({
    kind: 'bury',
    task: task.id,
    slot: task.slot,
    node: task.node,
    exitCode,
    oomKilled,
    reason: `${nameOf(seen)} ${epitaph(view, seen)}`,
  });
}

function epitaph(view: ServiceView, seen: TaskView): string {
  const { container } = seen;
  if (!container || container === 'unknown') return "was removed behind the master's back";
  if (container.error) return `could not be started: ${container.error}`;
  return `${howEnded(view, seen, container)} and was not restarted`;
}

/** Tasks in slots that are not wanted any more. */
function surplus(view: ServiceView, now: number): readonly Verdict[] {
  const wanted = Math.max(wantedReplicas(view), oldReplicas(view, wantedReplicas(view)));
  return view.tasks
    .filter((seen) => seen.task.slot > wanted)
    .filter((seen) => ['alive', 'assigned'].includes(lifeOf(seen, now)))
    .map((seen) => retire(view, seen, surplusReason(view, wanted), now));
}

function surplusReason({ service, deployment }: ServiceView, wanted: number): string {
  if (service.removing) return `${service.name} is being removed`;
  if (service.paused) return `${service.name} was stopped`;
  if (deployment?.failure) return `deployment ${deployment.id} has failed, and there is nothing to go back to`;
  return `${service.name} is scaled to ${wanted}`;
}

function forget(view: ServiceView): Verdict {
  if (!view.service.removing || view.deployment) return nothing;
  const left = [...view.tasks, ...view.releases].filter(
    (seen) => seen.task.phase !== 'ended' || seen.container !== undefined,
  ).length;
  return left > 0 ? wait(`${left} tasks are still there`) : take({ kind: 'forget', reason: 'its last task has ended' });
}

/** One step for one subject a pass: the rules above stand in the order of their weight. */
function firstOfEach(steps: readonly Step[]): readonly Step[] {
  const seen = new Set<string>();
  return steps.filter((step) => !seen.has(stepId(step)) && seen.add(stepId(step)));
}

function earliest(verdict: Verdict, now: number): number | undefined {
  const times = verdict.waits
    .map(({ until }) => until)
    .filter((until) => until !== undefined && Number.isFinite(until) && until > now);
  return times.length > 0 ? Math.min(...(times as number[])) : undefined;
}
