import { isOver } from '../elapsed.ts';
import type { Awaited, Deployment } from '../model/deployment.ts';
import { isHeld } from './held.ts';
import type { Other, Sight } from './observed.ts';
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
  const say = (state: Other['state'], reason: string, isBounded = false): Other => ({
    service,
    until,
    state,
    reason,
    isBounded,
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
  return say(...stateOf(sight, until, wanted, now), active !== undefined);
}

function stateOf(sight: Sight, until: Awaited['until'], wanted: number, now: number): [Other['state'], string] {
  const { name } = sight.service;
  const slots = slotsOf(sight, wanted, now);
  if (until === 'healthy')
    return slots.some(({ stage }) => hasReached(stage, 'switched'))
      ? ['reached', `${name} is healthy`]
      : ['coming', `no task of ${name} is ready`];
  const goal = until === 'started' ? 'running' : 'completed';
  if (slots.every(({ stage }) => hasReached(stage, goal))) return ['reached', `${name} has ${until}`];
  const bad =
    until === 'completed'
      ? slots.map(({ ended }) => ended[0]?.task.end).find((end) => end && !end.wanted && end.exitCode !== 0)
      : undefined;
  if (bad && sight.target.spec.restart === 'never') return ['failed', `${name} has failed: ${bad.reason}`];
  return ['coming', `${name} has not ${until} yet`];
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
