import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessRole } from './config/settings.ts';
import { OrcaError } from './core/errors.ts';
import { findProcesses, isRunning, type RunningProcess } from './processes.ts';

interface StopRequest {
  /** The server unless told. */
  readonly role?: 'server' | 'agent' | undefined;
  readonly data: string;
  /** The data plane too; after the server, which would start it again. */
  readonly all: boolean;
  readonly say: (line: string) => void;
  /** For each, ms. */
  readonly patience?: number;
}

const NAMES: Readonly<Record<ProcessRole, string>> = { server: 'server', ingress: 'data plane', agent: 'agent' };

/**
 * Stops the server, or the agent, of a data folder, wherever it was started from: SIGTERM, then waits for its end.
 * @throws OrcaError `timeout` if it still runs after `patience`, `forbidden` if it is another user's
 */
export const stopProcesses = async (request: StopRequest): Promise<void> => {
  const { role: first = 'server', data, all, say, patience = 60_000 } = request;
  const roles: readonly ProcessRole[] = all ? [first, 'ingress'] : [first];
  for (const role of roles) {
    const running = findProcesses(role, data);
    if (running.length === 0) say(`no ${NAMES[role]} runs on ${data}`);
    else await stop(role, running, { data, say, patience });
  }
};

const stop = async (
  role: ProcessRole,
  running: readonly RunningProcess[],
  { data, say, patience }: Required<Omit<StopRequest, 'all' | 'role'>>,
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

const terminate = (pid: number, role: ProcessRole): void => {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new OrcaError('forbidden', `the ${NAMES[role]} (pid ${pid}) cannot be stopped: it is another user's`, {
      cause,
    });
  }
};
