import { standardOf } from './resolve.ts';
import { environmentName, flagName, type Role, SETTINGS, type Setting, settingKeys } from './settings.ts';

const WHAT: Readonly<Record<Role, string>> = {
  server: 'Runs the master: API, controllers, store. Starts the data plane of this machine when none runs.',
  ingress:
    'Runs the data plane: the proxy in front of the services of this machine. `orca server` starts it by itself.',
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
    line('--config FILE', 'settings file (default /etc/orca/server.yml, if it is there)'),
    ...(role === 'server'
      ? [line('--stop [--all]', 'stops the server of the data folder (--all: its data plane too)')]
      : []),
    line('--help', 'this text'),
    '',
    `Each can be set in the environment too: ${flagName('limits.head')} is ${environmentName('limits.head')}, but`,
    `${flagName('api')} is ${environmentName('api')} and ${flagName('docker')} is ${environmentName('docker')}.`,
    '',
  ].join('\n');

const describe = (setting: Setting): string => {
  const standard = standardOf(setting, { root: true, home: '~', data: 'DIR' });
  return standard === '' ? setting.about : `${setting.about} (default ${standard})`;
};

const line = (left: string, right: string): string =>
  left.length < 34 ? `  ${left.padEnd(34)}${right}` : `  ${left}\n  ${' '.repeat(34)}${right}`;
