import { spawnSync } from 'node:child_process';

type Command = readonly [string, ...string[]];

/** What a data plane that is started as root does as such: take its folder over, and become its two users. */
const NEEDED = ['setuid', 'setgid', 'chown', 'fowner', 'dac_override'];
/**
 * setpriv(1). With an empty bounding set nothing that it or its workers ever execute gets a capability, whoever's it is. What
 * it needs until it drops root is handed to it as inheritable: root gets these, and a user without file capabilities nothing.
 */
const LOCKS: readonly (readonly string[])[] = [
  [
    'setpriv',
    `--inh-caps=-all,${NEEDED.map((name) => `+${name}`).join()}`,
    'setpriv',
    '--no-new-privs',
    '--bounding-set=-all',
  ],
  ['setpriv', '--no-new-privs'],
];
const TRY_WITHIN = 2000;

/**
 * The command behind as many locks as this machine has: without util-linux, or in a container that lacks the rights for it,
 * it is the command alone. The data plane tells which are missing. No signal opens the inspector of this Node.
 */
export function locked([node, ...args]: Command): Command {
  const command: Command = [node, '--disable-sigusr1', ...args];
  const [program, ...first] = LOCKS.find(works) ?? [];
  return program === undefined ? command : [program, ...first, ...command];
}

const works = ([program = '', ...args]: readonly string[]): boolean =>
  spawnSync(program, [...args, 'true'], { env: {}, stdio: 'ignore', timeout: TRY_WITHIN }).status === 0;
