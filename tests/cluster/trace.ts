import type { Log, LogMethod } from '../../src/telemetry/log.ts';

/** What all processes of a cluster have logged, with the virtual time; the last lines, for the report of a failure. */
export interface Trace {
  /** @param who says it */
  log(who: string): Log;
  note(line: string): void;
  last(count: number): readonly string[];
  /** How many steps were begun. */
  steps(): number;
}

const KEPT = 2_000;

export function createTrace(now: () => number): Trace {
  const begun = now();
  let lines: string[] = [];
  let steps = 0;

  const note = (line: string) => {
    lines.push(`${String(now() - begun).padStart(8)} ${line}`);
    if (lines.length > 2 * KEPT) lines = lines.slice(-KEPT);
  };

  const log = (who: string): Log => {
    const told =
      (level: string): LogMethod =>
      (fields: object | string, message?: string) => {
        if (message === 'step') steps += 1;
        const text = typeof fields === 'string' ? fields : `${message} ${describe(fields)}`;
        note(`${who} ${level} ${text}`);
      };
    const silent: LogMethod = () => {};
    const own = { trace: silent, debug: silent, info: told('info'), warn: told('warn'), error: told('error') };
    return { ...own, fatal: told('fatal'), child: () => log(who) };
  };

  return { log, note, last: (count) => lines.slice(-count), steps: () => steps };
}

const describe = (fields: object): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`)
    .join(' ');
