import type { PlacementSpec } from '../model/service-spec.ts';
import { misfit } from './misfit.ts';
import type { NodeView } from './node-view.ts';
import type { Voice } from './voice.ts';
import type { Wanted } from './wanted.ts';
import { whatHolds } from './what-holds.ts';

/** A node, to the tasks that are on it. */
export interface Home extends Pick<NodeView, 'id' | 'name' | 'availability' | 'labels'> {
  /** Nothing was heard of it for `DOWN_AFTER`. */
  readonly isDown: boolean;
  /** It is heard, and its engine could not be read for `DOWN_AFTER`: tasks that do not serve there are lost. */
  readonly isMute?: true | undefined;
  /** It was removed from the cluster: nothing is known of it, nor will be. */
  readonly isGone?: true | undefined;
  /** Why nothing of it is moved though it is down or mute, as a sentence: see `lostAtOnce`. */
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
  /** What tells of it, where its node is mute. */
  readonly voice?: Voice | undefined;
}

/**
 * What its node means to a task:
 *
 * - `stays`: nothing is wrong with it there
 * - `leaves`: once a successor serves elsewhere, it goes
 * - `lost`: its node is down, or mute and it does not serve: a successor is started elsewhere, and it is stopped as soon as it can be
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
  if (home.isDown) return fateOnDown(task, home, `${home.name} is down`);
  if (home.isMute && task.voice && task.voice.kind !== 'serves') return fateOnMute(task, home, task.voice);
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

/** Nobody sees its container, nor can do anything to it. */
function fateOnMute(task: Resident, home: Home, voice: Voice): Fate {
  const why = `Docker on ${home.name} does not answer`;
  if (voice.kind === 'untold') return { kind: 'held', why: `${why}: ${voice.why}` };
  return fateOnDown(task, home, `${why}, nor does ${task.wanted.name}.${task.slot}`);
}

function fateOnDown(task: Resident, home: Home, why: string): Fate {
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
