import { type Fate, fateOf, type Home, STAYS, whyLeaves } from '../schedule/fate.ts';
import { explainOthers } from '../schedule/refusal.ts';
import type { Voice } from '../schedule/voice.ts';
import { wantedOf } from '../schedule/wanted.ts';
import { nameOf } from './judge.ts';
import type { ServiceView, TaskView } from './observed.ts';
import { all, nothing, ofSlot, take, type Verdict, wait } from './verdict.ts';
import { voiceOf } from './voice.ts';

interface Housed {
  readonly view: ServiceView;
  /** What is to be done, and told, about tasks whose nodes are down or mute. */
  readonly verdict: Verdict;
}

/**
 * The view with what their nodes mean to the tasks. One is moved only where another node takes its slot: what cannot go serves on
 * where it is, and one that is out of reach may come back.
 */
export function withHomes(view: ServiceView, now: number): Housed {
  if (!view.homes) return { view, verdict: nothing };
  const housed = view.tasks.map((seen) => inItsHome(view, seen, now));
  return {
    view: { ...view, tasks: housed.map(({ seen }) => seen) },
    verdict: all(housed.map(({ verdict }) => verdict)),
  };
}

interface Seen {
  readonly seen: TaskView;
  readonly verdict: Verdict;
}

function inItsHome(view: ServiceView, seen: TaskView, now: number): Seen {
  const { task } = seen;
  const home = view.homes?.get(task.node);
  if (home?.isGone) return onNoNode(seen);
  if (!home || task.phase === 'ended') return { seen, verdict: nothing };
  const voice = home.isMute ? voiceOf(view, seen, specOf(view, seen), now) : undefined;
  const isAway = home.isDown || voice?.kind === 'silent';
  const own: TaskView = isAway ? { ...seen, isAway: true } : seen;
  const { kind, why } = fateIn(view, seen, home, voice);
  if (kind === 'stays') return { seen: own, verdict: nothing };
  if (kind === 'held') return { seen: own, verdict: isAway || voice ? waits(seen, why, voice) : nothing };
  if (kind === 'leaves' && hasSuccessor(view, seen, now)) return { seen: { ...own, leaves: why }, verdict: nothing };
  const placed = view.place(specOf(view, seen), task.slot);
  if (!placed.node && !task.kept) {
    const refused = explainOthers(placed, task.node);
    const reason = `${nameOf(seen)} stays, though ${why}: no other node takes it: ${refused}`;
    return { seen: own, verdict: ofSlot(task.slot, wait(reason)) };
  }
  // The node was taken back into use a moment ago.
  if (placed.node?.id === task.node) return { seen: own, verdict: nothing };
  if (kind === 'leaves') return { seen: { ...own, leaves: why }, verdict: nothing };
  const reason = `${why}: ${nameOf(seen)} starts on another node`;
  return { seen: own, verdict: take({ kind: 'lose', task: task.id, slot: task.slot, node: task.node, reason }) };
}

const waits = (seen: TaskView, why: string, voice: Voice | undefined): Verdict =>
  ofSlot(seen.task.slot, wait(`${nameOf(seen)} waits: ${why}`, voice?.kind === 'untold' ? voice.until : undefined));

/** One is there already, where it may stay: whether a node would take another one now does not matter. */
const hasSuccessor = (view: ServiceView, { task: { id, slot, hash } }: TaskView, now: number): boolean =>
  view.tasks.some((other) => {
    const { task } = other;
    const isOne = task.id !== id && task.slot === slot && task.hash === hash && task.phase === 'run';
    const home = view.homes?.get(task.node);
    const voice = home?.isMute && voiceOf(view, other, specOf(view, other), now);
    return isOne && (home === undefined || fateIn(view, other, home, voice).kind === 'stays');
  });

/** Its container, if it runs on, is no business of this cluster any more. */
function onNoNode(seen: TaskView): Seen {
  const { id, slot, node, phase } = seen.task;
  if (phase === 'ended') return { seen: { ...seen, container: undefined }, verdict: nothing };
  const reason = `its node was removed from the cluster (${node})`;
  return {
    seen: { ...seen, isAway: true },
    verdict: take({ kind: 'lose', task: id, slot, node, isGone: true, reason }),
  };
}

function fateIn(view: ServiceView, seen: TaskView, home: Home, voice: Voice | undefined): Fate {
  const { task } = seen;
  const spec = specOf(view, seen);
  const { placement, restart } = spec;
  const isCalm = !home.isDown && !home.isMute && whyLeaves(placement, home) === undefined;
  if (task.phase !== 'run' || isCalm) return STAYS;
  const resident = { wanted: wantedOf(spec), slot: task.slot, runsToEnd: restart !== 'always' };
  return fateOf({ ...resident, whenLost: placement.whenLost, voice }, home);
}

const specOf = ({ target, from }: ServiceView, { task }: TaskView) =>
  from && task.hash === from.hash && task.hash !== target.hash ? from.spec : target.spec;
