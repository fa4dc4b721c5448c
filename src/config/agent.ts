import { resolve } from 'node:path';
import { type DataPlaneRun, dataPlaneRun, dataPlaneSettings } from './data-plane.ts';
import type { Reader } from './resolve.ts';
import { flagName, type SettingKey } from './settings.ts';

/** Of the agent of a machine that has joined. `http` is where its data plane listens while the node is an ingress. */
export interface AgentConfig extends DataPlaneRun {
  /** Absolute path of the engine's unix socket. */
  readonly docker: { readonly socketPath: string };
}

export interface JoinConfig extends AgentConfig {
  /** Absolute: holds the line; standard input unless given. */
  readonly file?: string;
  readonly name?: string;
  /** Another node of this name may be replaced. */
  readonly replace: boolean;
  /** Nothing is changed. */
  readonly checkOnly: boolean;
  /** The agent runs in this process. */
  readonly foreground: boolean;
}

export const agentConfig = (read: Reader, data: string): AgentConfig => ({
  ...dataPlaneRun(read, data),
  docker: dockerIn(read),
});

export const dockerIn = (read: Reader): AgentConfig['docker'] => ({
  socketPath: read('docker').slice('unix://'.length),
});

export const joinConfig = (read: Reader, data: string, switches: ReadonlySet<string>): JoinConfig => {
  const [file, name] = [read('file'), read('name')];
  return {
    ...agentConfig(read, data),
    ...(file === undefined ? {} : { file: resolve(file) }),
    ...(name === undefined ? {} : { name }),
    replace: switches.has('--replace'),
    checkOnly: switches.has('--check'),
    foreground: switches.has('--foreground'),
  };
};

/** The command line that starts an agent as a join was told. */
export const agentArguments = (config: AgentConfig): string[] => [
  'agent',
  flagName('data'),
  config.data,
  flagName('docker'),
  `unix://${config.docker.socketPath}`,
  ...Object.entries(dataPlaneSettings(config)).flatMap(([key, text]) => [flagName(key as SettingKey), text]),
];
