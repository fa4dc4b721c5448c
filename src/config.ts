import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { type AcmeSettings, acmeSettings } from './config/acme.ts';
import { type AgentConfig, agentConfig, dockerIn, type JoinConfig, joinConfig } from './config/agent.ts';
import { parseArguments } from './config/arguments.ts';
import { type DataPlaneRun, dataPlaneRun, type HandedDown } from './config/data-plane.ts';
import { readSettingsFile, standardFile } from './config/file.ts';
import { helpText } from './config/help.ts';
import type { IssuerSettings } from './config/issuers.ts';
import { type Reader, reader, type Source } from './config/resolve.ts';
import { environmentName, flagName, type Role, SETTINGS, type Setting, type SettingKey } from './config/settings.ts';
import type { Address } from './config/values.ts';
import { OrcaError } from './core/errors.ts';

export type { Address } from './config/values.ts';

/** Of routes. */
export interface Quotas {
  readonly perService: number;
  readonly perProject: number;
}

export interface ServerConfig extends DataPlaneRun {
  /** On loopback. */
  readonly api: Address;
  /** The ingress passes webhook deliveries to this host on to the API. */
  readonly apiDomain?: string;
  /** Of the node port. */
  readonly nodes: { readonly listen: Address | 'off' };
  /** Absolute path of the engine's unix socket. */
  readonly docker: { readonly socketPath: string };
  readonly store: { readonly kind: 'file'; readonly path: string };
  readonly cors: { readonly allowedOrigins: readonly string[] };
  readonly quotas: Quotas;
  readonly acme: AcmeSettings;
  readonly auth: { readonly issuers: readonly IssuerSettings[] };
  readonly registries: {
    /** As in image names: `host:port`, or `host`. */
    readonly allowPrivate: readonly string[];
    /** Absolute: the folder of docker's own config. */
    readonly dockerConfig: string;
  };
}

/** `httpFd` came by `--http-fd`, or was handed over by systemd. It stands in for `http`. */
export interface IngressConfig extends DataPlaneRun, HandedDown {
  /** It came from systemd: where it listens is written in a unit, and `http` says nothing. */
  readonly activated?: true;
  /** One per core if not told. */
  readonly workers?: number;
  /** Whom the supervisor becomes when started as root, and whom its workers. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly workerUser?: { readonly uid: number; readonly gid: number };
}

/** What a command line asks for. */
export type Invocation =
  | { readonly action: 'serve'; readonly role: 'server'; readonly config: ServerConfig; readonly dataNamed: boolean }
  | { readonly action: 'serve'; readonly role: 'ingress'; readonly config: IngressConfig; readonly dataNamed: boolean }
  | { readonly action: 'serve'; readonly role: 'agent'; readonly config: AgentConfig; readonly dataNamed: boolean }
  | { readonly action: 'join'; readonly config: JoinConfig }
  | { readonly action: 'stop'; readonly role: 'server' | 'agent'; readonly data: string; readonly all: boolean }
  | { readonly action: 'help'; readonly text: string };

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly root: boolean;
  readonly home: string;
  readonly pid: number;
}

/**
 * Reads `ROLE --flag value ...`: flags win over the environment, that over the file, that over the defaults.
 * @throws OrcaError `invalid` with every problem at once, in the message and as `details.problems`
 */
export const readConfig = (argv: readonly string[], around: Surroundings = surroundings()): Invocation => {
  const asked = parseArguments(argv);
  const { role, switches, configFile = standardFile(role) } = asked;
  if (switches.has('--help')) return { action: 'help', text: helpText(role) };
  const file = readSettingsFile(configFile, { role, mayBeMissing: asked.configFile === undefined });
  const problems = [...asked.problems, ...file.problems];
  const sources = [fromFlags(asked.flags), fromEnvironment(around.env), file.source];
  const read = reader({ sources, place: around, problems });
  const data = resolve(read('data'));
  const invocation = ((): Invocation => {
    if (switches.has('--stop')) {
      return { action: 'stop', role: role === 'agent' ? role : 'server', data, all: switches.has('--all') };
    }
    if (role === 'join') return { action: 'join', config: joinConfig(read, data, switches) };
    const dataNamed = asked.flags.has('data');
    if (role === 'agent') return { action: 'serve', role, dataNamed, config: agentConfig(read, data) };
    if (role === 'server') return { action: 'serve', role, dataNamed, config: serverConfig(read, data, problems) };
    return { action: 'serve', role, dataNamed, config: ingressConfig(read, data, around) };
  })();
  if (problems.length > 0) throw invalidSettings(problems, role);
  return invocation;
};

const surroundings = (): Surroundings => ({
  env: process.env,
  root: process.getuid?.() === 0,
  home: homedir(),
  pid: process.pid,
});

const fromFlags =
  (flags: ReadonlyMap<SettingKey, string>): Source =>
  (key) => {
    const text = flags.get(key);
    return text === undefined ? undefined : { text, place: flagName(key) };
  };

const fromEnvironment =
  (env: Surroundings['env']): Source =>
  (key) => {
    const name = environmentName(key);
    const { flagOnly, fileOnly } = SETTINGS[key] as Setting;
    const text = flagOnly || fileOnly ? undefined : env[name];
    return text === undefined || text === '' ? undefined : { text, place: name };
  };

const serverConfig = (read: Reader, data: string, problems: string[]): ServerConfig => {
  const apiDomain = read('api.domain');
  return {
    ...dataPlaneRun(read, data),
    api: onLoopback(read('api'), problems),
    ...(apiDomain === undefined ? {} : { apiDomain }),
    nodes: { listen: read('nodes.listen') },
    docker: dockerIn(read),
    store: { kind: 'file', path: resolve(read('store', data).slice('file:'.length)) },
    auth: { issuers: read('auth.issuers') },
    acme: acmeSettings(read, problems),
    cors: { allowedOrigins: read('cors.allowed_origins') },
    registries: {
      allowPrivate: read('registries.allow_private'),
      dockerConfig: resolve(read('registries.docker_config')),
    },
    quotas: { perService: read('quotas.routes_per_service'), perProject: read('quotas.routes_per_project') },
  };
};

const ingressConfig = (read: Reader, data: string, around: Surroundings): IngressConfig => {
  const handed = read('http-fd');
  const [first, second] = inheritedDescriptors(around);
  const httpFd = handed ?? first;
  const httpsFd = read('https-fd') ?? (handed === undefined ? second : undefined);
  const workers = read('workers');
  return {
    ...dataPlaneRun(read, data),
    ...(httpFd === undefined ? {} : { httpFd }),
    ...(httpsFd === undefined ? {} : { httpsFd }),
    ...(httpFd === undefined || handed !== undefined ? {} : { activated: true }),
    ...namesFdsIn(read('names-fds')),
    ...(workers === undefined ? {} : { workers: Math.max(1, workers) }),
    ...userAs('user', read('user')),
    ...userAs('workerUser', read('worker-user')),
  };
};

const namesFdsIn = (text: string | undefined): Pick<IngressConfig, 'namesFds'> => {
  const [udp, tcp] = (text ?? '').split(',').map(Number);
  return udp === undefined || tcp === undefined ? {} : { namesFds: { udp, tcp } };
};

const userAs = (name: 'user' | 'workerUser', text: string | undefined): Pick<IngressConfig, 'user' | 'workerUser'> => {
  const [uid, gid] = (text ?? '').split(':').map(Number);
  return uid === undefined || gid === undefined ? {} : { [name]: { uid, gid } };
};

const onLoopback = (api: Address, problems: string[]): Address => {
  if (!/^(127(\.\d{1,3}){3}|::1|localhost)$/.test(api.host)) {
    problems.push(`api: expected a loopback address, as the API speaks plain HTTP, found "${api.host}"`);
  }
  return api;
};

/** Socket activation, sd_listen_fds(3): descriptors from 3 on, if they are meant for this process. HTTP first, then HTTPS. */
const inheritedDescriptors = ({ env, pid }: Surroundings): readonly number[] =>
  env['LISTEN_PID'] === String(pid) ? [3, 4].slice(0, Number(env['LISTEN_FDS']) || 0) : [];

const invalidSettings = (problems: readonly string[], role: Role): OrcaError =>
  new OrcaError('invalid', `the settings are not valid: ${problems.join('; ')}`, {
    hint: `see \`orca ${role} --help\``,
    details: { problems },
  });
