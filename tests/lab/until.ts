import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `probe` gives something other than undefined, null or false; a throw counts as not yet. Rejects after `limit` ms with what it waited for. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  limit = 10_000,
  every = 25,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + limit;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value as never;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${limit} ms in vain: ${what}`, { cause: last });
    await delay(every);
  }
}
