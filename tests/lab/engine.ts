import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { childrenOf, run, signal } from './command.ts';
import { type Answer, httpGet } from './http-get.ts';
import { ensureImage } from './images.ts';
import { cgroupOf, claimFolder, noteNamespace, removeTraces, sweep } from './leftovers.ts';
import { createNamespace, type Namespace } from './namespace.ts';
import { type Registry, type RegistryAccess, startRegistry } from './registry/registry.ts';
import { until } from './until.ts';

/** A real Docker engine in namespaces of its own. Needs root and Debian's docker.io, iptables, iproute2, tini, busybox-static. */
export interface LabEngine {
  readonly name: string;
  /** A folder of its own, gone after `stop`. */
  readonly dir: string;
  readonly namespace: Namespace;
  /** Path of the engine's socket, reachable from everywhere on the machine. */
  readonly socket: string;
  /** The same as a URL, as `--docker` takes it. */
  readonly url: string;
  /** An address inside the namespace that the test process reaches; published ports answer on it. */
  readonly address: string;
  /** Runs a program with the namespace's network to its end; gives what it printed. */
  exec(argv: readonly string[]): Promise<string>;
  /** Starts a program with the namespace's network: `pid` is the program's own. Ended by `stop` if it still runs. */
  spawn(argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** A GET from inside. */
  get(url: string, timeout?: number): Promise<Answer>;
  /** `docker ...` on this engine; gives what it printed. */
  docker(args: readonly string[]): Promise<string>;
  /** Makes `orca-test/web:<version>` or `orca-test/app:<version>` unless it is there. */
  ensureImage(image: string): Promise<void>;
  /** A registry on the namespace's loopback, open unless told otherwise. */
  startRegistry(access?: RegistryAccess): Promise<Registry>;
  /** SIGTERM to dockerd and wait: containers stop, data stays. */
  stopEngine(): Promise<void>;
  /** SIGKILL: containers run on until the engine is started again. */
  killEngine(): Promise<void>;
  /** SIGSTOP, SIGCONT: it hangs, with its sockets open. */
  pauseEngine(): void;
  resumeEngine(): void;
  startEngine(): Promise<void>;
  /** What dockerd has logged. */
  log(): string;
  /** Removes everything: processes, interfaces, mounts, control groups, files. */
  stop(): Promise<void>;
}

export interface EngineWish {
  /** Its data lies on a disk of its own, of this size: `64m`. */
  readonly disk?: string | undefined;
  /** Others than the engine see that disk too; else they see the machine's in its place. */
  readonly diskIsSeen?: boolean | undefined;
}

/** Starts an engine and waits until it answers; 2-5 s. Sweeps what crashed runs have left. */
export async function startEngine({ disk, diskIsSeen = false }: EngineWish = {}): Promise<LabEngine> {
  if (process.getuid?.() !== 0) throw new Error('a test engine needs root');
  await sweep();
  const { name, dir } = await claimFolder();
  const mount = ['mount', '-t', 'tmpfs', '-o', `size=${disk},mode=710`, 'tmpfs', join(dir, 'data')];
  mkdirSync(join(dir, 'data'), { mode: 0o710 });
  // The namespace of mounts is a copy: what is mounted before it is made is seen on both sides.
  if (disk !== undefined && diskIsSeen) await run(mount);
  const namespace = await createNamespace();
  if (disk !== undefined && !diskIsSeen) await run(namespace.within(mount));
  noteNamespace(dir, namespace.net);
  writeFileSync(join(dir, 'daemon.json'), '{}');
  const socket = join(dir, 'docker.sock');
  const docker = (args: readonly string[]) => run(['docker', '-H', `unix://${socket}`, ...args]);
  const daemon = createDaemon({ name, dir, namespace, socket });
  const engine: LabEngine = {
    name,
    dir,
    namespace,
    socket,
    url: `unix://${socket}`,
    address: namespace.address,
    exec: (argv) => run(namespace.inside(argv)),
    spawn: (argv, options = {}) => {
      const [file = '', ...args] = namespace.inside(argv);
      return spawn(file, args, options);
    },
    get: (url, timeout) => httpGet(namespace, url, timeout),
    docker,
    ensureImage: (image) => ensureImage(docker, image),
    startRegistry: (access) => startRegistry({ dir, namespace, docker }, access),
    ...daemon,
    stop: async () => {
      await namespace.close();
      await removeTraces(name);
    },
  };
  try {
    await engine.startEngine();
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return engine;
}

interface DaemonPlace {
  readonly name: string;
  readonly dir: string;
  readonly namespace: Namespace;
  readonly socket: string;
}

type Daemon = Pick<LabEngine, 'startEngine' | 'stopEngine' | 'killEngine' | 'pauseEngine' | 'resumeEngine' | 'log'>;

function createDaemon(place: DaemonPlace): Daemon {
  let entered: ChildProcess | undefined;
  const logFile = join(place.dir, 'dockerd.log');
  const log = () => readFileSync(logFile, 'utf8');
  const send = (name: NodeJS.Signals) => {
    for (const pid of childrenOf(entered?.pid ?? 0)) signal(pid, name);
  };
  const end = async (name: NodeJS.Signals) => {
    if (entered === undefined || entered.exitCode !== null || entered.signalCode !== null) return;
    const exited = once(entered, 'exit');
    send(name);
    await exited;
  };
  return {
    startEngine: async () => {
      const [file = '', ...args] = place.namespace.within(dockerdArgv(place));
      const output = openSync(logFile, 'a');
      entered = spawn(file, args, { stdio: ['ignore', output, output] });
      await until(`dockerd to answer`, () => answers(place.socket, entered), 3 * 60_000).catch((error: unknown) => {
        throw new Error(`dockerd does not start: ${log().slice(-2000)}`, { cause: error });
      });
    },
    stopEngine: () => end('SIGTERM'),
    killEngine: () => end('SIGKILL'),
    pauseEngine: () => send('SIGSTOP'),
    resumeEngine: () => {
      // nsenter stops itself when its child is stopped.
      entered?.kill('SIGCONT');
      send('SIGCONT');
    },
    log,
  };
}

/** In the namespace's process tree the cgroup driver of systemd has nobody to talk to: cgroupfs. */
const dockerdArgv = ({ name, dir, socket }: DaemonPlace): string[] => [
  'dockerd',
  ...['--config-file', join(dir, 'daemon.json')],
  ...['--data-root', join(dir, 'data')],
  ...['--exec-root', join(dir, 'exec')],
  ...['--pidfile', join(dir, 'pid')],
  ...['--host', `unix://${socket}`],
  ...['--exec-opt', 'native.cgroupdriver=cgroupfs'],
  ...['--cgroup-parent', cgroupOf(name)],
];

function answers(socket: string, daemon: ChildProcess | undefined): Promise<boolean> {
  if (daemon?.exitCode !== null) throw new Error('dockerd has ended');
  return new Promise((resolve, reject) => {
    const ping = request({ socketPath: socket, path: '/_ping', agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', reject);
    ping.end();
  });
}
