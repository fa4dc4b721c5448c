import { setTimeout as delay } from 'node:timers/promises';
import type { AttachedProcess } from '../../engine/process.ts';

/**
 * Ends a command whose client has gone: the signal that says so, and SIGKILL to what is still there after `grace` ms. With a
 * terminal that is SIGHUP, as for any process whose terminal has gone.
 *
 * @throws OrcaError if it cannot be signalled; its streams are let go in any case
 */
export async function endExec(process: AttachedProcess, tty: boolean, grace: number): Promise<void> {
  const waiting = new AbortController();
  try {
    await process.signal(tty ? 'SIGHUP' : 'SIGTERM');
    const ended = process.exitCode(waiting.signal).then(() => true);
    const isOver = await Promise.race([ended, delay(grace, false, { signal: waiting.signal })]);
    if (!isOver) await process.signal('SIGKILL');
  } finally {
    waiting.abort();
    process.close();
  }
}
