import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, lstatSync, renameSync } from 'node:fs';
import { clearAway, openLogFile } from '../../telemetry/log-file.ts';

/** Past this size the log is begun anew at a start, bytes. */
const LOG_LIMIT = 10 * 1024 * 1024;

export interface StartedAgent {
  /** Why it has ended, as a clause; undefined while it runs. */
  ended(): string | undefined;
}

/** Starts an agent that outlives this process and its terminal. @param command the program and all its arguments */
export function startAgent([program, ...args]: readonly [string, ...string[]], log: string): StartedAgent {
  const file = openLog(log);
  let why: string | undefined;
  try {
    const child: ChildProcess = spawn(program, args, {
      cwd: '/',
      detached: true,
      env: {},
      stdio: ['ignore', file, file],
    });
    child.once('error', (error) => {
      why = `it cannot be started: ${error.message}`;
    });
    child.once('exit', (code, signal) => {
      why = `ended with ${signal ?? `code ${code}`}`;
    });
    child.unref();
  } finally {
    closeSync(file);
  }
  return { ended: () => why };
}

function openLog(path: string): number {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isFile() && there.size > LOG_LIMIT) {
    clearAway(`${path}.1`);
    renameSync(path, `${path}.1`);
  }
  return openLogFile(path, 0o600).file;
}
