import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dataPlaneSettings } from './config/data-plane.ts';
import type { IngressConfig } from './config.ts';
import type { OrcaError } from './core/errors.ts';
import type { DataPlaneConfig } from './dataplane/config.ts';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from './dataplane/proxy/options.ts';
import { type RunningDataPlane, runDataPlane } from './dataplane/run.ts';
import type { Entries } from './dataplane/supervisor/supervisor-options.ts';
import { handListeners, type Listeners } from './node/ingress/listener.ts';
import { locked } from './node/ingress/locks.ts';
import { addressOfDescriptor, portOfDescriptor } from './node/port-holder.ts';
import { createLogger } from './telemetry/log.ts';
import { VERSION } from './version.ts';

/** The first descriptors after the standard ones. */
const [HANDED_FD, HANDED_HTTPS_FD] = [3, 4];

/**
 * Runs a data plane. Without a listening descriptor this process makes one, and the data plane is its child: a process
 * cannot hold a listening socket that it never accepts on, unless it was handed down.
 * @throws OrcaError `conflict` when one answers already for this directory, or the port or the user's number is taken
 */
export async function runIngress(config: IngressConfig): Promise<RunningDataPlane> {
  const log = createLogger({ level: config.log.level });
  const isHanded = config.httpFd !== undefined || config.httpsFd !== undefined;
  const { http, https } = config;
  if (!isHanded && (http !== 'off' || https !== 'off')) {
    const onHttps = (problem: OrcaError | undefined): void => {
      if (problem) log.warn({ reason: problem.message, hint: problem.hint }, 'HTTPS is not listened for');
    };
    return inChild(await handListeners({ http, https, onHttps }, beginAgain));
  }
  return runDataPlane(settingsOf(config), { log, entries: entries() });
}

const settingsOf = (config: IngressConfig): DataPlaneConfig => ({
  data: config.data,
  trustedProxies: config.trustedProxies,
  httpFd: config.httpFd,
  ...httpsOf(config),
  ...namesOf(config),
  ...(config.relay === 'off' ? {} : { relay: config.relay }),
  nameServers: config.nameServers,
  user: config.user,
  workerUser: config.workerUser,
  workers: config.workers,
  accessLog: config.accessLog,
  version: VERSION,
  settings: dataPlaneSettings(config),
  ports: portsOf(config),
  limits: {
    ...DEFAULT_LIMITS,
    headBytes: config.limits.head,
    bodyBytes: config.limits.body === 'none' ? 0 : config.limits.body,
    connections: config.limits.connections,
  },
  timeouts: {
    ...DEFAULT_TIMEOUTS,
    head: config.timeouts.head,
    keepAlive: config.timeouts.keepAlive,
    failover: config.timeouts.connect,
    connect: Math.max(DEFAULT_TIMEOUTS.connect, config.timeouts.connect),
    uploadIdle: config.timeouts.uploadIdle,
    responseWait: config.timeouts.response,
    responseIdle: config.timeouts.responseIdle,
    wsHandshake: config.timeouts.handshake,
  },
});

const portsOf = ({ httpFd, httpsFd }: IngressConfig): readonly number[] =>
  [httpFd, httpsFd].flatMap((fd) => (fd === undefined ? [] : (portOfDescriptor(fd) ?? [])));

const httpsOf = ({ httpsFd: fd }: IngressConfig): Pick<DataPlaneConfig, 'https'> => {
  const port = fd === undefined ? undefined : portOfDescriptor(fd);
  return fd === undefined || port === undefined ? {} : { https: { fd, port } };
};

const namesOf = ({ namesFds }: IngressConfig): Pick<DataPlaneConfig, 'names'> => {
  if (!namesFds) return {};
  const address = addressOfDescriptor(namesFds.udp);
  return address === undefined ? {} : { names: { ...namesFds, address } };
};

/** The modules that its other processes run: the files that the build makes of them, or their source. */
const entries = (): Entries => ({
  worker: entry('ingress-worker', 'worker'),
  resolver: entry('ingress-resolver', 'resolver'),
  nursery: entry('ingress-nursery', 'nursery'),
});

function entry(built: string, source: string): string {
  const bundled = [`./${built}.js`, `../${built}.js`].map((path) => new URL(path, import.meta.url));
  return fileURLToPath(
    bundled.find((url) => existsSync(url)) ?? new URL(`./dataplane/${source}/main.ts`, import.meta.url),
  );
}

/** This very command once more, with the sockets. */
function beginAgain({ http, https }: Listeners): ChildProcess {
  const handed = [
    ...(http === undefined ? [] : ['--http-fd', String(HANDED_FD)]),
    ...(https === undefined ? [] : ['--https-fd', String(HANDED_HTTPS_FD)]),
  ];
  const command = [...process.execArgv, ...process.argv.slice(1), ...handed];
  const [program, ...args] = locked([process.execPath, ...command]);
  return spawn(program, args, { stdio: ['inherit', 'inherit', 'inherit', http ?? 'ignore', https ?? 'ignore'] });
}

function inChild(child: ChildProcess): RunningDataPlane {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let stopping = false;
  child.once('exit', (code) => {
    if (!stopping) process.exit(code ?? 1);
  });
  return {
    stop() {
      stopping = true;
      child.kill('SIGTERM');
      return ended;
    },
  };
}
