import type { Environment } from '../environment.ts';
import { createLive, type Live } from './live.ts';
import { createStyle, type Style } from './style.ts';

export interface Stream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export interface OutputFlags {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly color?: boolean | undefined;
}

/** Data goes to stdout, everything about how it goes to stderr: so `orca ... | cat` gets the data alone. */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Of stdout. */
  readonly style: Style;
  /** Of stderr. */
  readonly notes: Style;
  /** Columns of stdout's terminal; undefined for a pipe, where nothing is cut. */
  readonly width: number | undefined;
  /** Lines of data. Resolves when the reader is ready for more. */
  print(...lines: readonly string[]): Promise<void>;
  /** One JSON document on a line of its own. */
  emit(value: unknown): Promise<void>;
  /** Progress and remarks; silent with --quiet. */
  note(...lines: readonly string[]): void;
  /** What must be seen, --quiet or not. */
  alert(...lines: readonly string[]): void;
  /** Lines that are drawn in place; undefined unless stderr is a terminal that can. */
  readonly live: Live | undefined;
}

export function createOutput(
  { json = false, quiet = false, color = true }: OutputFlags,
  env: Pick<Environment, 'color' | 'dumb'>,
  { stdout, stderr }: { readonly stdout: Stream; readonly stderr: Stream },
): Output {
  const colored = ({ isTTY }: Stream) => color && (env.color === 'always' || (env.color === 'auto' && isTTY === true));
  const live = stderr.isTTY && !env.dumb && !quiet && !json ? createLive(stderr) : undefined;
  const alert = (...lines: readonly string[]) => (live ? live.above(lines) : void stderr.write(joined(lines)));
  const print = (...lines: readonly string[]) => write(stdout, joined(lines));
  return {
    json,
    quiet,
    style: createStyle(colored(stdout)),
    notes: createStyle(colored(stderr)),
    width: stdout.isTTY ? stdout.columns || 80 : undefined,
    print,
    emit: (value) => print(JSON.stringify(value)),
    note: (...lines) => (quiet ? undefined : alert(...lines)),
    alert,
    live,
  };
}

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

const write = (stream: Stream, text: string): Promise<void> =>
  text === '' || stream.write(text) ? Promise.resolve() : new Promise((resolve) => stream.once('drain', resolve));
