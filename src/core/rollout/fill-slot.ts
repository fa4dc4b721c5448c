import { backoff } from '../backoff.ts';
import { isOver } from '../elapsed.ts';
import { formatSize } from '../format-size.ts';
import type { PullProgress } from '../model/pull-progress.ts';
import { awaitOrder } from './hold-back.ts';
import { isCurrent } from './judge.ts';
import type { Place, ServiceView, TaskView } from './observed.ts';
import type { Slot } from './slot.ts';
import { isSpent } from './stage.ts';
import { all, nothing, ofSlot, take, type Verdict, wait } from './verdict.ts';

/** A task that lived this long starts the back-off anew. Design, section 6. */
const HEALTHY_FOR = 10 * 60_000;

/** A new task of the target in a slot: not before its image is there, its back-off is over and a node takes it. */
export const fill = (view: ServiceView, slot: Slot, reason: string, now: number): Verdict =>
  ofSlot(slot.number, fillNow(view, slot, reason, now));

function fillNow(view: ServiceView, slot: Slot, reason: string, now: number): Verdict {
  const order = awaitOrder(view, now);
  if (order !== nothing) return order;
  const last = lastBadEnd(view, slot);
  const name = `${view.service.name}.${slot.number}`;
  if (last && isSpent(view, last.task)) return nothing;
  const attempt = last ? last.task.attempt + 1 : 0;
  const endedAt = last?.task.end?.at ?? 0;
  const pause = last ? backoff(attempt, last.task.id) : 0;
  if (!isOver(endedAt, pause, now))
    return wait(`${name} ended ${attempt} times in a row and is tried again later`, endedAt + pause);
  const { node, why } = view.place(view.target.spec, slot.number);
  if (node === undefined) return wait(`no node takes ${name}: ${why}`);
  if (!hasImage(view, node)) return pull(view, node);
  const deployment = view.deployment?.id ?? 0;
  return take({
    kind: 'assign',
    slot: slot.number,
    revision: view.target.number,
    attempt,
    node: node.id,
    ...(why !== '' && { placed: why }),
    deployment,
    reason,
  });
}

/** The target's image is where a task of it is to be. */
export const hasImage = ({ images }: ServiceView, { id }: Place): boolean => images.get(id) === 'present';

/** Why the target's image cannot be had on one of the nodes that it may be needed on. */
export function imageFailure({ images, nodes }: ServiceView): string | undefined {
  const states = nodes.length > 0 ? nodes.map(({ id }) => images.get(id)) : [...images.values()];
  return states.flatMap((state) => (typeof state === 'object' ? [state.failed] : []))[0];
}

/** Brings the target's image onto the node; a failed pull is tried again only by another deployment, or later. */
export function pull(view: ServiceView, node: Place): Verdict {
  const image = view.images.get(node.id);
  if (typeof image === 'object') return wait(image.failed);
  const { number, spec } = view.target;
  const step = take({
    kind: 'pull',
    revision: number,
    node: node.id,
    reason: `revision ${number} needs ${spec.image} on ${node.name}`,
  });
  const progress = view.pulling?.get(node.id);
  return progress ? all([step, wait(whilePulling(spec.image, progress))]) : step;
}

function whilePulling(image: string, { done, total }: PullProgress): string {
  if (total === undefined) return `pulling ${image}: ${formatSize(done)} so far`;
  return done < total
    ? `pulling ${image}: ${formatSize(done)} of ${formatSize(total)}`
    : `pulling ${image}: all ${formatSize(total)} are here and are unpacked`;
}

const lastOfTarget = (view: ServiceView, slot: Slot): TaskView | undefined =>
  slot.ended.find((seen) => isCurrent(view, seen));

/** The last ended task of the target in the slot, if it ended against orca's will; `attempt` 0 if it lived long. */
function lastBadEnd(view: ServiceView, slot: Slot): TaskView | undefined {
  const last = lastOfTarget(view, slot);
  if (!last?.task.end || last.task.end.wanted) return undefined;
  const livedLong = last.task.end.at - last.task.assignedAt >= HEALTHY_FOR;
  return livedLong ? { ...last, task: { ...last.task, attempt: 0 } } : last;
}
