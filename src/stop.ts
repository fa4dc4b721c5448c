import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from './config/settings.ts';
import { OrcaError } from './core/errors.ts';
import { findProcesses, isRunning, type RunningProcess } from './processes.ts';

interface StopRequest {
  readonly data: string;
  /** The data plane too; after the server, which would start it again. */
  readonly all: boolean;
  readonly say: (line: string) => void;
  /** For each, ms. */
  readonly patience?: number;
}

const NAMES: Readonly<Record<Role, string>> = { server: 'server', ingress: 'data plane' };

/**
 * Stops the server of a data folder, wherever it was started from: SIGTERM, then waits for its end.
 * @throws OrcaError `timeout` if it still runs after `patience`, `forbidden` if it is another user's
 */
export const stopProcesses = async ({ data, all, say, patience = 60_000 }: StopRequest): Promise<void> => {
  for (const role of all ? (['server', 'ingress'] as const) : (['server'] as const)) {
    const running = findProcesses(role, data);
    if (running.length === 0) say(`no ${NAMES[role]} runs on ${data}`);
    else await stop(role, running, { data, say, patience });
  }
};

const stop = async (
  role: Role,
  running: readonly RunningProcess[],
  { data, say, patience }: Required<Omit<StopRequest, 'all'>>,
): Promise<void> => {
  const began = Date.now();
  const pids = new Set(running.map(({ pid }) => pid));
  for (const { pid, parent } of running) if (!pids.has(parent)) terminate(pid, role);
  while (running.some(isRunning)) {
    if (Date.now() - began > patience) {
      throw new OrcaError('timeout', `the ${NAMES[role]} of ${data} still runs after ${patience / 1000} s`, {
        hint: `it may be draining requests; look again, or end it with kill -9 ${[...pids].join(' ')}`,
      });
    }
    await sleep(20);
  }
  say(`stopped the ${NAMES[role]} of ${data} after ${((Date.now() - began) / 1000).toFixed(1)} s`);
};

const terminate = (pid: number, role: Role): void => {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new OrcaError('forbidden', `the ${NAMES[role]} (pid ${pid}) cannot be stopped: it is another user's`, {
      cause,
    });
  }
};
