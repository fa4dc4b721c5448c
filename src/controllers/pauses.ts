import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Work that is done again and again takes half of the time at most. */
const NOT_WORTH_A_REST = 10;
const LONGEST_REST = 500;

/** @param spent on the work, ms */
export async function restAfter(spent: number): Promise<void> {
  if (spent >= NOT_WORTH_A_REST) await sleep(Math.min(spent, LONGEST_REST), undefined, { ref: false });
}

/** So long after the signal, ms; keeps no process alive. */
export async function afterAbort(signal: AbortSignal, ms: number): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
  await sleep(ms, undefined, { ref: false });
}
