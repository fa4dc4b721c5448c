import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type DrainOptions, drainNode, showDrain } from '../nodes/drain.ts';
import { type LineOptions, makeLine, showLines } from '../nodes/join-lines.ts';
import { type RotateCaOptions, rotateCa } from '../nodes/rotate-ca.ts';
import { readSettings } from '../nodes/settings.ts';
import { showNode, showNodes } from '../nodes/show.ts';
import { usage } from '../output/error.ts';
import { confirmed, type Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

interface Options extends LineOptions, RotateCaOptions, DrainOptions {
  readonly label?: readonly string[];
  readonly labelRm?: readonly string[];
  readonly force?: boolean;
}

interface Action {
  /** What follows the action's word. */
  readonly args: readonly string[];
  readonly takes: readonly (keyof Options)[];
  readonly act: (session: Session, args: readonly string[], options: Options) => Promise<ExitCode>;
}

const done = async (work: Promise<void>): Promise<ExitCode> => {
  await work;
  return EXIT.done;
};

const token: Action['act'] = async (session, [word, id], options) => {
  if (word === undefined) return done(makeLine(session, options));
  if (Object.keys(options).length > 0 || !['ls', 'rm'].includes(word) || (id === undefined) !== (word === 'ls'))
    throw usage('expected `orca node token`, `orca node token ls` or `orca node token rm ID`', HELP);
  const client = await session.client();
  if (id === undefined) return done(showLines(session, (await client.joinTokens()).join_tokens));
  const answer = await client.removeJoinToken(id);
  return done(told(session, answer, answer.ok));
};

const set: Action['act'] = async (session, [name = '', ...words], { label = [], labelRm = [] }) => {
  const settings = readSettings(words);
  if (words.length + label.length + labelRm.length === 0)
    throw usage('what is to be set?', 'add ingress=true, address=IP, --label KEY=VALUE or --label-rm KEY');
  const labels: Record<string, string | null> = Object.fromEntries(labelRm.map((key) => [key, null]));
  for (const one of label) {
    const [key = '', ...value] = one.split('=');
    labels[key] = value.join('=');
  }
  const node = await (await session.client()).setNode(name, { labels, ...settings });
  return done(showNode(session, node));
};

const rename: Action['act'] = async (session, [name = '', to = '']) => {
  const node = await (await session.client()).setNode(name, { name: to });
  return done(told(session, node, `renamed node ${name} to ${node.name}`));
};

const SAID = {
  undrainNode: 'takes tasks again',
  activateNode: 'takes tasks again',
  maintainNode: 'is in maintenance: it takes no new tasks, and keeps those it has',
} as const;

async function use(session: Session, call: keyof typeof SAID, name: string): Promise<ExitCode> {
  const node = await (await session.client())[call](name);
  return done(told(session, node, `${node.name} ${SAID[call]}`));
}

const remove: Action['act'] = async (session, [name = ''], { force, yes }) => {
  const client = await session.client();
  const node = await client.node(name);
  const question = `remove node ${node.name}? It has to join again to come back`;
  if (!(await confirmed(session, question, yes))) return EXIT.failed;
  const answer = await client.removeNode(name, force);
  return done(told(session, answer, answer.ok));
};

const told = ({ output }: Session, answer: object, sentence: string): Promise<void> =>
  output.json ? output.emit(answer) : output.print(sentence);

const ACTIONS: Readonly<Record<string, Action>> = {
  token: { args: ['[ls | rm]', '[ID]'], takes: ['address', 'ttl', 'reusable'], act: token },
  ls: {
    args: [],
    takes: [],
    act: async (session) => done(showNodes(session, (await (await session.client()).nodes()).nodes)),
  },
  inspect: {
    args: ['NAME'],
    takes: [],
    act: async (session, [name = '']) => done(showNode(session, await (await session.client()).node(name))),
  },
  set: { args: ['NAME', '[ingress=true|false]', '[address=IP|auto]'], takes: ['label', 'labelRm'], act: set },
  rename: { args: ['NAME', 'NEW-NAME'], takes: [], act: rename },
  drain: {
    args: ['NAME'],
    takes: ['wait'],
    act: async (session, [name = ''], options) => drainNode(session, name, options),
  },
  'drain-status': { args: ['NAME'], takes: [], act: async (session, [name = '']) => showDrain(session, name) },
  undrain: { args: ['NAME'], takes: [], act: async (session, [name = '']) => use(session, 'undrainNode', name) },
  activate: { args: ['NAME'], takes: [], act: async (session, [name = '']) => use(session, 'activateNode', name) },
  maintenance: {
    args: ['NAME'],
    takes: [],
    act: async (session, [name = '']) => use(session, 'maintainNode', name),
  },
  rm: { args: ['NAME'], takes: ['force', 'yes'], act: remove },
  'rotate-ca': { args: [], takes: ['finish', 'yes'], act: async (session, _, options) => rotateCa(session, options) },
};
const WORDS = Object.keys(ACTIONS).join(', ');
const HELP = 'see `orca node --help`';

export const node: Verb<Options> = {
  define: (command) =>
    command
      .argument('<action>', WORDS)
      .argument('[names...]', 'of a node, as `orca node ls` shows it; for rename the new name too')
      .option('--address <host>', 'token: how the other machine reaches this one: HOST or HOST:PORT; otherwise a guess')
      .option('--ttl <duration>', 'token: how long the line can be used, such as 15m; otherwise 1h')
      .option('--reusable', 'token: for any number of machines, until it ends')
      .option('--label <key=value>', 'set: set a label; can be repeated', collect)
      .option('--label-rm <key>', 'set: remove a label; can be repeated', collect)
      .option('--no-wait', 'drain: begin it, and do not follow it')
      .option('--force', 'rm: also a node that runs tasks; they run on there without orca')
      .option('--finish', 'rotate-ca: drop the old CA now; nodes that are away have to join again')
      .option('-y, --yes', 'rm, rotate-ca: do not ask')
      .addHelpText(
        'after',
        examples(
          ['orca node token', 'prints the line to paste on another machine'],
          ['orca node token --address orca.example.com', 'where that machine reaches this one by another name'],
          ['orca node token ls', 'lines that were made, and who used them'],
          ['orca node ls', 'status, capacity, clock, certificate'],
          ['orca node set web2 --label zone=a', 'set a label'],
          ['orca node drain web2', 'moves its tasks to other nodes, without a request lost'],
          ['orca node undrain web2', 'it takes tasks again'],
          ['orca node set web2 ingress=true', 'requests from outside come in there, too'],
          ['orca node set web2 address=10.0.0.7', 'other nodes reach it there; address=auto: where it dials from'],
          ['orca node rm web2', 'its certificate opens nothing from then on'],
          ['orca node rotate-ca', 'a new CA; no node is disconnected'],
        ),
      ),

  run: async (session, [word = '', ...args], { wait, ...others }) => {
    // A flag that denies something is there as true without being written.
    const options: Options = wait === false ? { wait, ...others } : others;
    const action = ACTIONS[word];
    if (!action) throw usage(`"${word}" is not something that \`orca node\` does`, `it does: ${WORDS}`);
    const needed = action.args.filter((name) => !name.startsWith('[')).length;
    if (args.length < needed || args.length > action.args.length)
      throw usage(`expected \`orca node ${[word, ...action.args].join(' ')}\``, HELP);
    const [odd] = (Object.keys(options) as (keyof Options)[]).filter((key) => !action.takes.includes(key));
    if (odd !== undefined) throw usage(`--${FLAGS[odd] ?? odd} does nothing for \`orca node ${word}\``, HELP);
    return action.act(session, args, options);
  },
};

const FLAGS: Partial<Record<keyof Options, string>> = { labelRm: 'label-rm', wait: 'no-wait' };

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
