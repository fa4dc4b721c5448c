import type { KnownRegistryBody, RegistryBody } from '../../src/contract/registries.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { type Column, table } from '../output/table.ts';
import { age } from '../output/time.ts';
import { harmless } from '../output/width.ts';
import type { Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly username?: string;
  readonly passwordStdin?: boolean;
  /** False for --no-check. */
  readonly check?: boolean;
}

type Action = (session: Session, host: string, options: Options) => Promise<void>;

const login: Action = async (session, host, { username, check = true }) => {
  const { output } = session;
  if (username === undefined)
    throw usage('which account?', `add --username: orca registry login ${host} --username NAME`);
  const password = await session.askSecret(`password of ${username} for ${host}: `);
  if (password === '') throw usage('no password was given', 'pipe it in, or type it: see `orca registry --help`');
  const stored = await (await session.client()).putRegistry(host, { username, password, check });
  if (output.json) return output.emit(stored);
  const how = stored.checked ? 'the registry accepts it' : 'it was not checked';
  return output.print(`stored the login of ${harmless(stored.username)} for ${stored.host}; ${how}`);
};

const logout: Action = async ({ client: open, output }, host) => {
  const answer = await (await open()).removeRegistry(host);
  await (output.json ? output.emit(answer) : output.print(answer.ok));
};

const COLUMNS: readonly Column[] = [
  { title: 'REGISTRY', shrinks: true },
  { title: 'USERNAME', shrinks: true },
  { title: 'FROM', shrinks: true },
  { title: 'STORED' },
];

const list: Action = async ({ client: open, output, now }) => {
  const found = await (await open()).registries();
  if (output.json) return output.emit(found);
  if (found.problem !== null) output.alert(`the server cannot read docker's own config: ${harmless(found.problem)}`);
  const rows = [...found.registries.map((one) => storedRow(one, now())), ...found.docker_config.map(knownRow)];
  if (rows.length === 0) return output.note('no logins yet', 'try: orca registry login HOST --username NAME');
  return output.print(...table(COLUMNS, rows, output.width));
};

const storedRow = ({ host, username, created_by, created_at }: RegistryBody, now: number): string[] => [
  host,
  harmless(username),
  `orca, by ${harmless(created_by)}`,
  `${age(now - created_at)} ago`,
];

const knownRow = ({ host, username, helper }: KnownRegistryBody): string[] => [
  harmless(host),
  harmless(username ?? ''),
  helper === null ? "docker's config" : `docker-credential-${harmless(helper)}`,
  '',
];

const ACTIONS: Readonly<Record<string, { readonly act: Action; readonly takes: readonly (keyof Options)[] }>> = {
  login: { act: login, takes: ['username', 'passwordStdin', 'check'] },
  logout: { act: logout, takes: [] },
  ls: { act: list, takes: [] },
};

const FLAGS: Partial<Record<keyof Options, string>> = { passwordStdin: 'password-stdin', check: 'no-check' };

export const registry: Verb<Options> = {
  define: (command) =>
    command
      .argument('<action>', 'login, logout or ls')
      .argument('[host]', 'of the registry, or a part of it: registry.example.com/team-a; not for ls')
      .option('-u, --username <name>', 'login: the account')
      .option('--password-stdin', 'login: read the password from standard input')
      .option('--no-check', 'login: store it without asking the registry')
      .addHelpText(
        'after',
        '\nThe password is read from standard input, or asked for on a terminal. It is never an argument. The server keeps it encrypted.',
      )
      .addHelpText(
        'after',
        examples(
          ['orca registry login ghcr.io -u ci --password-stdin < token.txt', 'from a file'],
          ['orca registry login registry.example.com/team-a -u team-a', 'for the images below team-a; asks'],
          ['orca registry login docker.io -u acme', 'for Docker Hub'],
          ['orca registry ls', "accounts, also those of docker's own config"],
          ['orca registry logout ghcr.io', 'forget it'],
        ),
      ),

  run: async (session, [word = '', host], options) => {
    const action = ACTIONS[word];
    if (!action) throw usage(`"${word}" is not something that \`orca registry\` does`, 'it does: login, logout, ls');
    if (!host !== (word === 'ls'))
      throw usage(word === 'ls' ? '`orca registry ls` takes no host' : 'which registry?', 'see `orca registry --help`');
    const [odd] = given(options).filter((key) => !action.takes.includes(key));
    if (odd !== undefined)
      throw usage(`--${FLAGS[odd] ?? odd} does nothing for \`orca registry ${word}\``, 'see `orca registry --help`');
    await action.act(session, host ?? '', options);
    return EXIT.done;
  },
};

/** `check` is always there, and true unless told. */
const given = (options: Options): readonly (keyof Options)[] =>
  (Object.keys(options) as (keyof Options)[]).filter((key) => key !== 'check' || options.check === false);
