import { resolve } from 'node:path';
import type { LogLevel } from '../telemetry/log.ts';
import type { Reader } from './resolve.ts';
import { flagName } from './settings.ts';

/** Of the agent of a machine that has joined. */
export interface AgentConfig {
  /** Absolute. */
  readonly data: string;
  /** Absolute path of the engine's unix socket. */
  readonly docker: { readonly socketPath: string };
  readonly log: { readonly level: LogLevel };
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
  data,
  docker: dockerIn(read),
  log: { level: read('log.level') },
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
export const agentArguments = ({ data, docker, log }: AgentConfig): string[] => [
  'agent',
  flagName('data'),
  data,
  flagName('docker'),
  `unix://${docker.socketPath}`,
  flagName('log.level'),
  log.level,
];
