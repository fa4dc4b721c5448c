import { isOver } from '../elapsed.ts';
import type { Awaited, Deployment } from '../model/deployment.ts';
import { runningContainer } from './health.ts';
import { isHeld } from './held.ts';
import { readySince } from './judge.ts';
import type { Other, Sight } from './observed.ts';
import type { Slot } from './slot.ts';
import { slotsOf } from './slots.ts';
import { hasReached } from './stage.ts';
import { wantedReplicas } from './wanted.ts';

interface Seen {
  /** Undefined if there is no such service. */
  readonly sight: Sight | undefined;
  /** The one that is waited for, as it stands. */
  readonly deployment: Deployment | undefined;
}

/** Pure. A service whose deployment is under way is healthy once that has succeeded; any other one while a task of it serves. */
export function otherOf({ service, until }: Awaited, { sight, deployment }: Seen, now: number): Other {
  const say = (state: Other['state'], reason: string, isBounded = false, since?: number): Other => ({
    service,
    until,
    state,
    reason,
    isBounded,
    since,
  });
  const failed = deployment && failureOf(deployment);
  if (failed !== undefined) return say('failed', `deployment ${deployment?.id} of ${service} ${failed}`);
  if (!sight || sight.service.removing) return say('failed', `${service} was removed`);
  if (sight.service.paused) return say('failed', `${service} is stopped`);
  const active = sight.deployment;
  if (active && (until === 'healthy' || isHeld(active) || active.failure))
    return say('coming', `deployment ${active.id} of ${service} is under way`, true);
  const wanted = wantedReplicas(sight);
  if (wanted === 0) return say('failed', `${service} has no task that is to run`);
  const { state, reason, since } = stateOf(sight, until, wanted, now);
  return say(state, reason, active !== undefined, since);
}

function stateOf(sight: Sight, until: Awaited['until'], wanted: number, now: number): Reached {
  const { name } = sight.service;
  const slots = slotsOf(sight, wanted, now);
  if (until === 'healthy') {
    const ready = slots.filter(({ stage }) => hasReached(stage, 'switched'));
    if (ready.length === 0) return { state: 'coming', reason: `no task of ${name} is ready` };
    return { state: 'reached', reason: `${name} is healthy`, since: Math.min(...ready.map(readyIn(sight))) };
  }
  const [goal, sinceWhen] = until === 'started' ? (['running', startedIn] as const) : (['completed', endedIn] as const);
  if (slots.every(({ stage }) => hasReached(stage, goal)))
    return { state: 'reached', reason: `${name} has ${until}`, since: Math.max(...slots.map(sinceWhen)) };
  const bad =
    until === 'completed'
      ? slots.map(({ ended }) => ended[0]?.task.end).find((end) => end && !end.wanted && end.exitCode !== 0)
      : undefined;
  if (bad && sight.target.spec.restart === 'never')
    return { state: 'failed', reason: `${name} has failed: ${bad.reason}` };
  return { state: 'coming', reason: `${name} has not ${until} yet` };
}

type Reached = Pick<Other, 'state' | 'reason' | 'since'>;

const readyIn =
  (sight: Sight) =>
  ({ current }: Slot): number =>
    current ? readySince(sight, current) : 0;

const startedIn = ({ current }: Slot): number => (current && runningContainer(current)?.startSeenAt) ?? 0;

/** Its container tells so before its end is recorded. */
function endedIn({ current, ended }: Slot): number {
  const container = current?.container;
  if (container && container !== 'unknown') return container.stateSince;
  return ended[0]?.task.end?.at ?? 0;
}

function failureOf({ state, failure, reason }: Deployment): string | undefined {
  if (state === 'failed' || state === 'rolled-back' || failure) return `failed: ${failure?.reason ?? reason}`;
  return state === 'skipped' ? 'was skipped' : undefined;
}

/** The first that stands in the way, and until when it is waited for; undefined if none does. */
export function firstNotReached(
  others: readonly Other[],
  patience: { readonly since: number; readonly ms: number },
  now: number,
): { readonly other: Other; readonly isLost: boolean } | undefined {
  const left = others.filter(({ state }) => state !== 'reached');
  const lost = left.find(
    ({ state, isBounded }) => state === 'failed' || (!isBounded && isOver(patience.since, patience.ms, now)),
  );
  const [first] = left;
  if (!first) return undefined;
  return { other: lost ?? first, isLost: lost !== undefined };
}

const WORDS = { started: 'have started', healthy: 'be healthy', completed: 'have completed' } as const;

/** `db to be healthy` */
export const whatFor = ({ service, until }: Pick<Other, 'service' | 'until'>): string =>
  `${service} to ${WORDS[until]}`;
