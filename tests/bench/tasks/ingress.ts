import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Asked, ask } from '../http.ts';
import { type Healed, readIdentity, type Version } from './fleet.ts';

/** The service as its users see it: through the ingress. */
export interface Ingress {
  /** Until so many tasks of a version have answered, asked one after the other on a kept connection. */
  all(tasks: number, version: Version): Promise<void>;
  /** Until another task has answered than the one that did before this was done to it. */
  other(act: () => Promise<unknown>): Promise<Healed>;
  /** Requests at a steady pace, half of them on kept connections, until `end`. */
  load(perSecond: number): { end(): Promise<{ requests: number; failed: number }> };
}

const LOOK = 5;
const PATIENCE = 60_000;

/** @param address whose port 80 is asked */
export function createIngress(host: string, address = '127.0.0.1'): Ingress {
  const kept = new Agent({ keepAlive: true });
  const get = (agent?: Agent): Promise<Asked | undefined> =>
    ask({ host: address, port: 80 }, '/id', { headers: { host }, timeout: 5_000, ...(agent && { agent }) }).catch(
      () => undefined,
    );

  return {
    all: async (tasks, version) => {
      const until = performance.now() + PATIENCE;
      for (const seen = new Set<string>(); seen.size < tasks; ) {
        if (performance.now() > until) throw new Error(`${seen.size} of ${tasks} tasks answered in ${PATIENCE} ms`);
        const answer = await get(kept);
        const identity = readIdentity(answer?.status === 200 ? answer.body : '');
        if (identity.version === version) seen.add(identity.host);
      }
    },

    other: async (act) => {
      const before = readIdentity((await get())?.body ?? '').host;
      const began = performance.now();
      const between: Record<string, number> = {};
      const acted = act();
      for (;;) {
        const answer = await get();
        if (answer?.status === 200 && readIdentity(answer.body).host !== before) {
          await acted;
          return { after: performance.now() - began, between };
        }
        const what = String(answer?.status ?? 'none');
        between[what] = (between[what] ?? 0) + 1;
        await sleep(LOOK);
      }
    },

    load: (perSecond) => {
      const under = new Set<Promise<void>>();
      let [requests, failed] = [0, 0];
      const timer = setInterval(() => {
        requests += 1;
        const one = get(requests % 2 === 0 ? kept : undefined).then((answer) => {
          if (answer?.status !== 200) failed += 1;
          under.delete(one);
        });
        under.add(one);
      }, 1000 / perSecond);
      return {
        end: async () => {
          clearInterval(timer);
          await Promise.all(under);
          return { requests, failed };
        },
      };
    },
  };
}
