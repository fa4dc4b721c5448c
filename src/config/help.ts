import { standardFile } from './file.ts';
import { standardOf } from './resolve.ts';
import { environmentName, flagName, type Role, SETTINGS, type Setting, settingKeys } from './settings.ts';

const WHAT: Readonly<Record<Role, string>> = {
  server: 'Runs the master: API, controllers, store. Starts the data plane of this machine when none runs.',
  ingress:
    'Runs the data plane: the proxy in front of the services of this machine. `orca server` starts it by itself.',
  agent:
    'Runs the agent of a machine that has joined a cluster: it dials the master, and gives it the Docker of this machine. `orca join` starts it.',
  join: [
    'Makes this machine a node of a cluster, as root: checks what a node needs, joins, starts the agent, and waits until the',
    'master has run a container here. The line that `orca node token` prints on the master is read from standard input.',
  ].join('\n'),
};

const SWITCHES: Readonly<Record<Role, readonly (readonly [string, string])[]>> = {
  server: [['--stop [--all]', 'stops the server of the data folder (--all: its data plane too)']],
  ingress: [],
  agent: [['--stop [--all]', 'stops the agent of the data folder (--all: its data plane too); containers run on']],
  join: [
    ['--check', 'only checks what a node needs; nothing is changed'],
    ['--replace', 'takes the place of another node of this name'],
    ['--foreground', 'runs the agent in this terminal, not apart from it'],
  ],
};

/** The text of `orca server --help`. */
export const helpText = (role: Role): string =>
  [
    `Usage: orca ${role} [--flag value ...]`,
    '',
    WHAT[role],
    '',
    ...settingKeys(role)
      .filter((key) => !(SETTINGS[key] as Setting).later)
      .map((key) => line(`${flagName(key)} ${SETTINGS[key].type.form}`, describe(SETTINGS[key]))),
    line('--config FILE', `settings file (default ${standardFile(role)}, if it is there)`),
    ...SWITCHES[role].map(([left, right]) => line(left, right)),
    line('--help', 'this text'),
    '',
    ...environmentOf(role),
    '',
  ].join('\n');

const environmentOf = (role: Role): readonly string[] =>
  role === 'server' || role === 'ingress'
    ? [
        `Each can be set in the environment too: ${flagName('limits.head')} is ${environmentName('limits.head')}, but`,
        `${flagName('api')} is ${environmentName('api')} and ${flagName('docker')} is ${environmentName('docker')}.`,
      ]
    : [
        `In the environment ${flagName('data')} is ${environmentName('data')}, ${flagName('docker')} ${environmentName('docker')} and ${flagName('log.level')} ${environmentName('log.level')}.`,
      ];

const describe = (setting: Setting): string => {
  const standard = standardOf(setting, { root: true, home: '~', data: 'DIR' });
  return standard === '' ? setting.about : `${setting.about} (default ${standard})`;
};

const line = (left: string, right: string): string =>
  left.length < 34 ? `  ${left.padEnd(34)}${right}` : `  ${left}\n  ${' '.repeat(34)}${right}`;
