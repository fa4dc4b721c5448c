import { readdir, readFile } from 'node:fs/promises';
import { OrcaError } from '../core/errors.ts';
import type { ProcessSignal } from './process.ts';

export interface EngineProcess {
  /** As the engine counts processes. */
  readonly pid: number;
  /** Id of its container. */
  readonly container: string;
}

export type SignalProcess = (process: EngineProcess, signal: ProcessSignal) => Promise<void>;

/**
 * Docker has no call that ends a command it runs in a container, so its process is sent the signal by this server. It is
 * looked up by its control group: a process id alone may have gone to another, or be of another namespace.
 *
 * @throws OrcaError `unavailable`
 */
export async function signalProcess(process: EngineProcess, signal: ProcessSignal): Promise<void> {
  const target = await find(process);
  if (target === undefined) throw unseen(process);
  try {
    globalThis.process.kill(target, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH') throw notAllowed(signal, error);
  }
}

/** What to signal, as kill(2) takes it: the process's group where it leads one, as all that Docker starts do. */
async function find({ pid, container }: EngineProcess): Promise<number | undefined> {
  const others = async () => (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (await isSame(String(pid), { pid, container })) return grouped(pid);
  for (const name of await others()) if (await isSame(name, { pid, container })) return grouped(Number(name));
  return undefined;
}

/** The ids of a process, outermost namespace first; the last one is what the container counts. */
async function isSame(name: string, { pid, container }: EngineProcess): Promise<boolean> {
  if (!(await read(`/proc/${name}/cgroup`)).includes(container)) return false;
  const ids = /^NSpid:\s+(.+)$/m.exec(await read(`/proc/${name}/status`))?.[1]?.split(/\s+/) ?? [];
  return (ids.length > 1 ? ids.slice(0, -1) : ids).includes(String(pid));
}

/** proc_pid_stat(5): after the name, which may hold anything, come state, parent and group. */
async function grouped(pid: number): Promise<number> {
  const stat = await read(`/proc/${pid}/stat`);
  const group = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2];
  return group === String(pid) ? -pid : pid;
}

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

const unseen = ({ pid }: EngineProcess): OrcaError =>
  new OrcaError('unavailable', `the process ${pid} of docker is not to be seen from here: it cannot be signalled`, {
    hint: 'it runs on until it ends by itself; orca signals processes where it runs beside docker, on the same machine',
  });

const notAllowed = (signal: string, cause: unknown): OrcaError =>
  new OrcaError('unavailable', `this server may not send ${signal} to processes of containers`, {
    cause,
    hint: 'run orca as root',
  });
