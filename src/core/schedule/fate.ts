import type { PlacementSpec } from '../model/service-spec.ts';
import { misfit } from './misfit.ts';
import type { NodeView } from './node-view.ts';
import type { Wanted } from './wanted.ts';
import { whatHolds } from './what-holds.ts';

/** A node, to the tasks that are on it. */
export interface Home extends Pick<NodeView, 'id' | 'name' | 'availability' | 'labels'> {
  /** Nothing was heard of it for `DOWN_AFTER`. */
  readonly isDown: boolean;
  /** It was removed from the cluster: nothing is known of it, nor will be. */
  readonly isGone?: true | undefined;
  /** Why nothing of it is moved though it is down, as a sentence: see `lostAtOnce`. */
  readonly alarm?: string | undefined;
}

/** A task that should run, and what its service says of that. */
export interface Resident {
  readonly wanted: Wanted;
  readonly slot: number;
  /** It is run as often as it was asked for (`restart: never`, `on-failure`): started elsewhere, it would run again. */
  readonly runsToEnd?: boolean | undefined;
  /** What becomes of it when its node is lost. */
  readonly whenLost?: 'replace' | 'wait' | undefined;
}

/**
 * What its node means to a task:
 *
 * - `stays`: nothing is wrong with it there
 * - `leaves`: once a successor serves elsewhere, it goes
 * - `lost`: its node is down: a successor is started elsewhere, and it is stopped as soon as it can be
 * - `held`: it should leave, or is out of reach, and nothing is done about it until somebody changes something
 */
export interface Fate {
  readonly kind: 'stays' | 'leaves' | 'lost' | 'held';
  /** A clause; empty where it stays. */
  readonly why: string;
}

export const STAYS: Fate = { kind: 'stays', why: '' };

/** Pure, and of one task alone: whether another node takes it is not asked here. */
export function fateOf(task: Resident, home: Home): Fate {
  if (home.isDown) return fateOnDown(task, home);
  const why = whyLeaves(task.wanted.placement, home);
  if (why === undefined) return STAYS;
  const held = whatKeeps(task, home);
  return held === undefined ? { kind: 'leaves', why } : { kind: 'held', why: `${why}: ${held}` };
}

/** What keeps a task on a node that it should leave, with a successor that starts first; undefined if nothing does. */
export function whatKeeps({ wanted, slot, runsToEnd }: Resident, home: Pick<Home, 'id' | 'name'>): string | undefined {
  if (runsToEnd) return `${wanted.name}.${slot} runs to its end`;
  const held = whatHolds(wanted, home);
  if (held !== undefined || wanted.alone === undefined) return held;
  return `a successor would start first, and two tasks cannot have the ${wanted.alone} at once`;
}

/** Why a task should not be on the node, though it is up; undefined if it may. */
export function whyLeaves(placement: PlacementSpec, home: Home): string | undefined {
  if (home.availability === 'draining' || home.availability === 'drained') return `${home.name} is drained`;
  const why = misfit(placement, home);
  return why === undefined ? undefined : `${home.name} is not where it may be: ${why}`;
}

function fateOnDown(task: Resident, home: Home): Fate {
  const why = `${home.name} is down`;
  const held = home.alarm ?? whatKeepsLost(task, home);
  return held === undefined ? { kind: 'lost', why } : { kind: 'held', why: `${why}: ${held}` };
}

function whatKeepsLost({ wanted, slot, runsToEnd, whenLost }: Resident, home: Home): string | undefined {
  const own = `${wanted.name}.${slot}`;
  if (home.availability === 'maintenance') return 'it is in maintenance';
  if (whenLost === 'wait') return '`placement.when_lost` is wait';
  if (runsToEnd) return `${own} may still run to its end there`;
  const held = whatHolds(wanted, home);
  if (held !== undefined || wanted.alone === undefined) return held;
  return `${own} may still run there, and two tasks cannot have the ${wanted.alone} at once`;
}
