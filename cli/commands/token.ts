import { InvalidArgumentError, Option } from 'commander';
import { ROLES, type Role } from '../../src/core/model/token.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import type { Session } from '../session.ts';
import { showMade, showTokens } from '../tokens/show.ts';
import { tokenNamed } from '../tokens/token-named.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly role?: Role;
  readonly project?: readonly string[];
  readonly expires?: string;
  readonly last?: boolean;
}

type Action = (session: Session, name: string, options: Options) => Promise<void>;

const create: Action = async (session, name, { role, project, expires }) => {
  if (role === undefined) throw usage('what may the token do?', `add --role: ${ROLES.join(', ')}`);
  const made = await (await session.client()).createToken({ name, role, projects: project, expires });
  await showMade(session, made);
};

const rotate: Action = async (session, name, { expires }) => {
  const client = await session.client();
  const made = await client.rotateToken((await tokenNamed(client, name)).id, expires);
  await showMade(session, made);
};

const remove: Action = async ({ client: open, output }, name, { last }) => {
  const client = await open();
  const { id, name: removed } = await tokenNamed(client, name);
  const answer = await client.removeToken(id, last);
  await (output.json ? output.emit(answer) : output.print(`removed token ${removed}`));
};

const list: Action = async (session) => showTokens(session, (await (await session.client()).tokens()).tokens);

const ACTIONS: Readonly<Record<string, { readonly act: Action; readonly takes: readonly (keyof Options)[] }>> = {
  create: { act: create, takes: ['role', 'project', 'expires'] },
  ls: { act: list, takes: [] },
  rotate: { act: rotate, takes: ['expires'] },
  rm: { act: remove, takes: ['last'] },
};

export const token: Verb<Options> = {
  define: (command) =>
    command
      .argument('<action>', 'create, ls, rotate or rm')
      .argument('[name]', 'of the token; not for ls')
      .addOption(new Option('--role <role>', 'what a new token may do').choices(ROLES))
      .option('-p, --project <name>', 'only this project; can be repeated; without it, all projects', collect)
      .option('--expires <duration>', 'end after this time, such as 30d; without it, never', lifetime)
      .option('--last', 'remove the last admin token too')
      .addHelpText('after', '\nA new token is printed once, on standard output alone. The server keeps only a digest.')
      .addHelpText(
        'after',
        examples(
          ['orca token create ci --role deployer -p shop --expires 90d', 'for a pipeline'],
          ['orca token create ann --role viewer', 'for a person who looks'],
          ['orca token ls', 'with last use'],
          ['orca token rotate ci', 'a new secret; the old one ends'],
          ['orca token rm ann', 'refused from now on'],
        ),
      ),

  run: async (session, [word = '', name], options) => {
    const action = ACTIONS[word];
    if (!action) throw usage(`"${word}" is not something that \`orca token\` does`, 'it does: create, ls, rotate, rm');
    if ((name === undefined) !== (word === 'ls'))
      throw usage(word === 'ls' ? '`orca token ls` takes no name' : 'which token?', `see \`orca token --help\``);
    const [odd] = (Object.keys(options) as (keyof Options)[]).filter((key) => !action.takes.includes(key));
    if (odd !== undefined) throw usage(`--${odd} does nothing for \`orca token ${word}\``, 'see `orca token --help`');
    await action.act(session, name ?? '', options);
    return EXIT.done;
  },
};

const collect = (name: string, before: readonly string[] = []): readonly string[] => [...before, name];

function lifetime(text: string): string {
  if (!/^\d+(\.\d+)?[smhd]$/.test(text)) throw new InvalidArgumentError('expected a duration such as 12h or 30d');
  return text;
}
