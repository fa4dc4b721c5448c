import { formatMemory } from '../units.ts';

/** How one run of a container ended. */
export interface Ending {
  /** Undefined if nobody saw it: the engine tells it only until the next run begins. */
  readonly exitCode?: number | undefined;
  readonly oomKilled: boolean;
}

/** Of Linux, those that end a process; an exit code over 128 is 128 and the signal's number. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
};

/** The same words everywhere: `ran out of memory (limit 64Mi)`, `exited with code 139 (SIGSEGV)`. */
export function describeEnding({ exitCode, oomKilled }: Ending, memory: number | undefined): string {
  if (oomKilled)
    return memory === undefined ? 'ran out of memory' : `ran out of memory (limit ${formatMemory(memory)})`;
  if (exitCode === undefined) return 'exited';
  const signal = SIGNALS[exitCode - 128];
  return `exited with code ${exitCode}${signal === undefined ? '' : ` (${signal})`}`;
}
