import { Command, CommanderError } from 'commander';
import { OrcaError } from '../src/core/errors.ts';
import { EXIT } from './exit-codes.ts';
import { usage } from './output/error.ts';
import { inOwnWords } from './own-words.ts';
import type { GlobalFlags, Session } from './session.ts';
import type { Verb, VerbEntry } from './verb.ts';
import { CLIENT_VERSION } from './version.ts';

export interface ProgramInput {
  readonly verbs: readonly VerbEntry[];
  readonly open: (flags: GlobalFlags) => Session;
  /** Where help goes. */
  readonly write: (text: string) => void;
}

export interface Program {
  /** @param argv without the interpreter and the script. @throws OrcaError for a wrong command line */
  run(argv: readonly string[]): Promise<number>;
  /** The verb that was asked for, once it is known. */
  verb(): Verb<never> | undefined;
  /** The whole, every verb loaded: for the test that holds the reference page to it. */
  command(): Promise<Command>;
}

/** The command line as data for commander: a verb's file is loaded when it is the one asked for. */
export function createProgram(input: ProgramInput): Program {
  const root = rootCommand(input);
  let code: number = EXIT.done;
  let asked: Verb<never> | undefined;
  const loaded = new Set<Command>();

  const load = async (command: Command) => {
    const entry = input.verbs.find(({ name }) => name === command.name());
    if (!entry?.load || loaded.has(command)) return;
    loaded.add(command);
    const verb = await entry.load();
    asked = verb;
    verb.define(command);
    command.action(async () => {
      code = await start(verb, command, input);
    });
  };
  for (const entry of input.verbs) root.addCommand(stub(entry, root));
  root.hook('preSubcommand', (_, command) => load(command));

  return {
    run: async (argv) => {
      await parse(root, argv);
      return code;
    },
    verb: () => asked,
    command: async () => {
      await Promise.all(root.commands.map(load));
      return root;
    },
  };
}

function rootCommand({ write }: ProgramInput): Command {
  return new Command('orca')
    .description('Runs your services on your own Docker machines, and replaces versions without dropping a request.')
    .usage('VERB [options]')
    .option('--json', 'data and errors as JSON; streams as a line each')
    .option('-q, --quiet', 'no progress, only data and errors')
    .option('--no-color', 'no colors (also: NO_COLOR)')
    .option('--api <address>', 'the server, such as https://orca.example.com or unix:PATH (also: ORCA_API)')
    .option('--context <name>', 'a server named in ~/.config/orca/config.yml (also: ORCA_CONTEXT)')
    .option('--data <dir>', 'the server of this machine with this data directory, over its socket (also: ORCA_DATA)')
    .version(CLIENT_VERSION, '-V, --version', 'this client, in one word')
    .helpOption('-h, --help', 'this help')
    .helpCommand('help [verb]', 'help of a verb')
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (command) => command.name() })
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .addHelpText('after', `\nStart with \`orca deploy\` beside an orca.yml. Help of a verb: \`orca VERB --help\`.`)
    .exitOverride();
}

function stub({ name, summary, group, load }: VerbEntry, root: Command): Command {
  const command = new Command(name).copyInheritedSettings(root).description(summary).helpGroup(`${group}:`);
  if (load) return command;
  return command
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw usage(`${name} is run by the orca launcher, not by this program`, `type \`orca ${name}\``);
    });
}

async function start(verb: Verb<never>, command: Command, { open }: ProgramInput): Promise<number> {
  const session = open(command.optsWithGlobals<GlobalFlags>());
  try {
    return await verb.run(session, command.args, command.opts<never>());
  } catch (error) {
    throw error instanceof OrcaError ? await inOwnWords(error, session) : error;
  }
}

async function parse(root: Command, argv: readonly string[]): Promise<void> {
  if (argv.length === 0) return root.outputHelp();
  try {
    await root.parseAsync(asHelpOption(argv), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw wrongUsage(error, verbOf(root, argv));
  }
}

/** `help logs` is `logs --help`: so the verb is loaded before it is shown. */
const asHelpOption = ([first = '', verb, ...rest]: readonly string[]): string[] =>
  first === 'help' && verb !== undefined ? [verb, '--help'] : [first, ...(verb === undefined ? [] : [verb]), ...rest];

const verbOf = (root: Command, argv: readonly string[]): string | undefined =>
  argv.find((word) => root.commands.some((command) => command.name() === word));

/** Commander's sentence, its suggestion as the hint. */
function wrongUsage({ message }: CommanderError, verb: string | undefined) {
  const [sentence = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const suggestion = /^\(Did you mean (.+)\?\)$/.exec(rest.join(' ').trim())?.[1];
  const help = verb === undefined ? 'see `orca --help`' : `see \`orca ${verb} --help\``;
  return usage(sentence.replaceAll("'", '"'), suggestion ? `did you mean ${suggestion}?` : help);
}
