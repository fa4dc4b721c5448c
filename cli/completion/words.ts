import { Command } from 'commander';
import type { VerbEntry } from '../verb.ts';

/** What can be typed after `orca`. */
export interface VerbWords {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionWord[];
  /** What its arguments are. */
  readonly takes: 'services' | 'files' | 'nothing';
}

export interface OptionWord {
  /** `--follow` */
  readonly long: string;
  /** `-f` */
  readonly short: string | undefined;
  readonly description: string;
}

/** Read from the verbs themselves, each as it would be for its help. */
export async function verbWords(verbs: readonly VerbEntry[]): Promise<readonly VerbWords[]> {
  return Promise.all(
    verbs.map(async ({ name, summary, load }) => {
      const command = new Command(name);
      (await load?.())?.define(command);
      return { name, summary, options: optionsOf(command), takes: takenBy(command) };
    }),
  );
}

const optionsOf = (command: Command): readonly OptionWord[] =>
  command.options.flatMap(({ long, short, description }) => (long ? [{ long, short, description }] : []));

function takenBy(command: Command): VerbWords['takes'] {
  const [first] = command.registeredArguments;
  if (first?.name().startsWith('service')) return 'services';
  return first?.name() === 'file' || first?.name() === 'source' || command.options.some(({ long }) => long === '--file')
    ? 'files'
    : 'nothing';
}

/** Of every verb; those that take a value are skipped with it. */
export const GLOBAL = {
  plain: ['--json', '--quiet', '--no-color', '--version', '--help'],
  valued: ['--api', '--context', '--data'],
} as const;
