import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { until } from './until.ts';

/** A program on a terminal. */
export interface Terminal {
  readonly pid: number | undefined;
  /** All that was on it so far, line ends as text has them. */
  screen(): string;
  type(text: string): void;
  resize(rows: number, cols: number): void;
  /** Waits until this is on it. */
  shows(text: string | RegExp): Promise<void>;
  /** The program's exit code; 256 less the signal that ended it. */
  readonly ended: Promise<number | null>;
  /** The terminal goes away, as when its window is closed. */
  close(): void;
}

const DRIVER = join(import.meta.dirname, 'terminal.py');

/** Needs Debian's python3. */
export function openTerminal(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  { rows, cols }: { readonly rows: number; readonly cols: number } = { rows: 24, cols: 80 },
): Terminal {
  const child: ChildProcess = spawn('python3', [DRIVER, String(rows), String(cols), ...argv], {
    env: { ...env, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  let screen = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  const shown = () => screen.replaceAll('\r\n', '\n');
  return {
    pid: child.pid,
    screen: shown,
    type: (text) => void child.stdin?.write(text),
    resize: (newRows, newCols) => void (child.stdio[3] as Writable).write(`size ${newRows} ${newCols}\n`),
    shows: async (text) => {
      const isShown = () => (typeof text === 'string' ? shown().includes(text) : text.test(shown()));
      await until(`${text} on the terminal`, isShown, 30_000).catch((cause: unknown) => {
        throw new Error(`the terminal shows ${JSON.stringify(shown())}`, { cause });
      });
    },
    ended: once(child, 'close').then(([code]) => code as number | null),
    close: () => void child.kill('SIGKILL'),
  };
}
