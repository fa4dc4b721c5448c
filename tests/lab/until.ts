import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `probe` gives something other than undefined, null or false; a throw counts as not yet. Rejects after `limit` ms
 * with what it waited for: far more than anything takes, as a machine may be slow. It rests for `every` ms between two looks, or twice as long as a look took: what waits leaves the
 * machine to what it waits for.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  limit = 180_000,
  every = 50,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + limit;
  let last: unknown;
  for (;;) {
    const began = performance.now();
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value as never;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${limit} ms in vain: ${what}`, { cause: last });
    await delay(Math.max(every, 2 * (performance.now() - began)));
  }
}
