import type { Delivery } from '../model/webhook.ts';

/** What is to be done with the deliveries of one webhook that wait. */
export interface QueuePlan {
  /** The newest of those that wait. */
  readonly act: Delivery | undefined;
  /** Those before it: the newest wins. */
  readonly superseded: readonly Delivery[];
}

export function planQueue(deliveries: readonly Delivery[]): QueuePlan {
  const queued = deliveries.filter(({ outcome }) => outcome === 'queued').sort(byTurn);
  const act = queued.at(-1);
  return { act, superseded: queued.slice(0, -1) };
}

const byTurn = (a: Delivery, b: Delivery): number => a.turn - b.turn || a.at - b.at;

/**
 * What a delivery comes to that was recorded already. One that failed is tried again, so that the provider's own button helps;
 * not if another one came since, whose work it would undo.
 *
 * @param turns of its webhook: the turn of its newest delivery
 */
export function decideRepeat(known: Delivery, turns: number): 'told' | 'again' {
  return known.outcome === 'failed' && known.turn === turns ? 'again' : 'told';
}

const DAY = 86_400_000;
/** Kept to tell a repeat from news. */
export const KEPT_FOR = 7 * DAY;
/** Of one webhook, at most. */
export const KEPT = 5_000;

/** Deliveries that may be forgotten, oldest first. */
export function outlivedDeliveries(deliveries: readonly Delivery[], now: number): readonly Delivery[] {
  const ended = deliveries.filter(({ outcome }) => outcome !== 'queued').sort((a, b) => a.at - b.at);
  return ended.filter(({ at }, index) => at + KEPT_FOR <= now || index < ended.length - KEPT);
}
