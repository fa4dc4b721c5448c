import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../http.ts';
import { PORT } from './fleet.ts';

const LOOK = 5;
const PATIENCE = 60_000;

/**
 * Asks a container at its own address, every 5 ms until it answers.
 *
 * @throws Error when it has not in a minute
 */
export async function answers(host: string): Promise<void> {
  const until = performance.now() + PATIENCE;
  while (performance.now() < until) {
    const answer = await ask({ host, port: PORT }, '/id', { timeout: 2_000 }).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(LOOK);
  }
  throw new Error(`nothing answered at ${host} in ${PATIENCE} ms`);
}
