import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OWN_SOCKET } from '../../src/contract/own-socket.ts';
import type { LabEngine } from './engine.ts';
import { createLogReader } from './log-reader.ts';
import { type Answered, send } from './send.ts';
import { until } from './until.ts';

/** How a command of the CLI ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One orca on one lab engine: the real server and data plane, driven by the real CLI, all inside the namespace. */
export interface LabCluster {
  readonly engine: LabEngine;
  readonly dir: string;
  /** @param more variables than this process has */
  startServer(more?: Readonly<Record<string, string>>): Promise<void>;
  /** Starts it and does not wait until it answers. */
  launchServer(): void;
  /** SIGTERM and wait; the data plane and the containers run on. */
  stopServer(): Promise<void>;
  /** SIGKILL, at once. */
  killServer(): void;
  /** Lines the running server has logged, as objects, from all its lives. */
  serverLog(): readonly Record<string, unknown>[];
  /** `orca ...` to its end. */
  orca(...args: readonly string[]): Promise<Ran>;
  /** Starts `orca ...` and leaves it running. */
  startOrca(...args: readonly string[]): ChildProcess;
  /** Writes a manifest and gives its path. */
  manifest(name: string, text: string): string;
  /** An API call on the server's own socket: what it costs counts, as tests wait with it. */
  api(method: string, path: string, body?: unknown): Promise<Answered>;
  /** A request through the ingress. */
  ask(host: string, path?: string, options?: { readonly method?: string; readonly body?: string }): Promise<Answered>;
  /** The running containers of the services of this name, as `id name`. */
  containers(service: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '../..');
const ORCA = join(ROOT, 'cli/orca');
const JSON_BODY = { 'content-type': 'application/json' };

interface Wish {
  /** Another Docker socket than the engine's own, as a URL. */
  readonly docker?: string | undefined;
  /** A settings file, by the folder of this orca's. */
  readonly config?: ((dir: string) => string) | undefined;
}

export async function startCluster(engine: LabEngine, wish: Wish = {}): Promise<LabCluster> {
  const dir = join(engine.dir, 'orca');
  mkdirSync(dir, { recursive: true });
  const logFile = join(engine.dir, 'server.log');
  let server: ChildProcess | undefined;

  const launchServer = (more = {}): ChildProcess => {
    const output = openSync(logFile, 'a');
    const argv = [
      ORCA,
      'server',
      '--data',
      dir,
      '--docker',
      wish.docker ?? engine.url,
      '--api',
      '127.0.0.1:6880',
      '--http',
      '[::]:80',
      '--registries-allow-private',
      '127.0.0.1',
      '--registries-docker-config',
      join(engine.dir, 'docker-config'),
      ...(wish.config ? ['--config', wish.config(dir)] : []),
    ];
    server = engine.spawn(argv, { stdio: ['ignore', output, output], env: { ...process.env, ...more } });
    closeSync(output);
    return server;
  };

  const startServer: LabCluster['startServer'] = async (more) => {
    const started = launchServer(more);
    await until('the server to answer', async () => {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`the server ended: ${readFileSync(logFile, 'utf8').slice(-2000)}`);
      return (await api('GET', '/api/v1/health')).status === 200;
    });
  };

  const stopServer = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    await exited;
  };

  const startOrca = (...args: readonly string[]) =>
    engine.spawn([ORCA, ...args], {
      stdio: 'pipe',
      env: { ...process.env, ORCA_API: '', ORCA_DATA: dir, HOME: engine.dir },
    });

  const orca = async (...args: readonly string[]): Promise<Ran> => {
    const child = startOrca(...args);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  };

  const api = (method: string, path: string, body?: unknown): Promise<Answered> =>
    send(
      {
        socketPath: join(dir, OWN_SOCKET),
        path,
        method,
        headers: body === undefined ? {} : JSON_BODY,
        timeout: 120_000,
      },
      body === undefined ? undefined : JSON.stringify(body),
    );

  return {
    engine,
    dir,
    startServer,
    launchServer: () => void launchServer(),
    stopServer,
    killServer: () => void server?.kill('SIGKILL'),
    serverLog: createLogReader(logFile),
    orca,
    startOrca,
    api,
    manifest: (name, text) => {
      const path = join(engine.dir, `${name}.yml`);
      writeFileSync(path, text);
      return path;
    },
    ask: (host, path = '/', { method = 'GET', body } = {}) =>
      send({ host: engine.address, port: 80, path, method, headers: { host }, timeout: 30_000 }, body),
    containers: async (service) => {
      const filters = JSON.stringify({ label: [`orca.service=${service}`], status: ['running'] });
      const path = `/containers/json?filters=${encodeURIComponent(filters)}`;
      const { status, body } = await send({ socketPath: engine.socket, path, timeout: 120_000 });
      if (status !== 200) throw new Error(`docker answers ${status}: ${body}`);
      const found = JSON.parse(body) as readonly { readonly Id: string; readonly Names: readonly string[] }[];
      return found.map(({ Id, Names: [name = ''] }) => `${Id} ${name.slice(1)}`).sort();
    },
    stop: async () => {
      await stopServer();
      const stopping = spawn(ORCA, ['server', '--stop', '--all', '--data', dir], { stdio: 'ignore' });
      await once(stopping, 'exit');
    },
  };
}
