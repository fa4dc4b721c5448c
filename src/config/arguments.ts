import { didYouMean } from '../core/model/schema/nearest.ts';
import { flagName, type Role, type SettingKey, settingKeys } from './settings.ts';

export interface Arguments {
  readonly role: Role;
  readonly flags: ReadonlyMap<SettingKey, string>;
  readonly configFile: string | undefined;
  /** Those without a value that were given: `--help`, `--stop`. */
  readonly switches: ReadonlySet<string>;
  readonly problems: readonly string[];
}

const ROLES: readonly Role[] = ['server', 'ingress', 'agent', 'join'];

const SWITCHES: Readonly<Record<Role, readonly string[]>> = {
  server: ['--stop', '--all'],
  ingress: [],
  agent: ['--stop', '--all'],
  join: ['--check', '--replace', '--foreground'],
};

/** `server --data DIR --stop`, `ingress --http=[::]:80`. What is not known is a problem, never ignored. */
export const parseArguments = ([first, ...rest]: readonly string[]): Arguments => {
  const role = ROLES.find((each) => each === first) ?? 'server';
  const known = knownFlags(role);
  const values = new Map<string, string>();
  const problems = first === role ? [] : [`expected one of ${ROLES.join(', ')}, found "${first ?? ''}"`];
  for (const { name, value } of pairs(rest, known)) {
    if (isJoinLine(name)) problems.push(LINE_IN_ARGUMENTS);
    else if (!known.has(name)) problems.push(unknown(name, known));
    else if (values.has(name)) problems.push(`${name}: given twice`);
    else if (known.get(name) && value === undefined) problems.push(`${name}: a value is missing`);
    else values.set(name, value ?? '');
  }
  if (values.has('--all') && !values.has('--stop')) problems.push('--all: only together with --stop');
  return {
    role,
    flags: settingFlags(role, values),
    configFile: values.get('--config'),
    switches: new Set([...values.keys()].filter((name) => known.get(name) === false)),
    problems,
  };
};

/** It is not told again: it holds a secret. */
const isJoinLine = (word: string): boolean => word.startsWith('orca-join:');
const LINE_IN_ARGUMENTS =
  'the line to join with is read from standard input, or with --file from a file: arguments can be seen by everyone on the machine';

/** Flag -> whether it takes a value. */
const knownFlags = (role: Role): ReadonlyMap<string, boolean> =>
  new Map([
    ...settingKeys(role).map((key) => [flagName(key), true] as const),
    ['--config', true],
    ['--help', false],
    ...SWITCHES[role].map((name) => [name, false] as const),
  ]);

/** `--name value`, `--name=value`, `--name`. A word after a flag that is not known is taken for its value. */
const pairs = function* (words: readonly string[], known: ReadonlyMap<string, boolean>) {
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    const at = word.startsWith('--') ? word.indexOf('=') : -1;
    const name = at < 0 ? (word === '-h' ? '--help' : word) : word.slice(0, at);
    const next = words[i + 1];
    const takesNext = at < 0 && word.startsWith('--') && known.get(name) !== false && !(next ?? '--').startsWith('--');
    if (takesNext) i += 1;
    yield { name, value: at < 0 ? (takesNext ? next : undefined) : word.slice(at + 1) };
  }
};

const unknown = (name: string, known: ReadonlyMap<string, boolean>): string => {
  const hint = didYouMean(name, known.keys());
  return `${name}: not known${hint === undefined ? '' : `; ${hint}`}`;
};

const settingFlags = (role: Role, values: ReadonlyMap<string, string>): ReadonlyMap<SettingKey, string> =>
  new Map(
    settingKeys(role).flatMap((key) => {
      const value = values.get(flagName(key));
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
