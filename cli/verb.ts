import type { Command } from 'commander';
import type { Session } from './session.ts';

/** A verb of the command line: its form, for commander, and what it does. One a file, in `commands/`. */
export interface Verb<Options> {
  /** Adds arguments, options and the examples of its help. */
  define(command: Command): void;
  run(session: Session, args: readonly string[], options: Options): Promise<number>;
  /** What is not valid is the manifest: exit code 3. */
  readonly readsManifest?: true;
  /** The exit code is that of another program: what goes wrong here has this one, whatever it is. */
  readonly failsWith?: number;
}

/** An entry of the list of verbs: loaded only when it is the one that runs. */
export interface VerbEntry {
  readonly name: string;
  /** One line, for `orca --help`. */
  readonly summary: string;
  readonly group: string;
  /** Undefined: run by `orca` itself, before this program (`server`, `ingress`). */
  readonly load?: () => Promise<Verb<never>>;
}

/** The examples at the end of a verb's help. */
export const examples = (...lines: readonly (readonly [command: string, what: string])[]): string => {
  const width = Math.max(...lines.map(([command]) => command.length));
  return ['', 'Examples:', ...lines.map(([command, what]) => `  ${command.padEnd(width)}   ${what}`)].join('\n');
};
