import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import type { LabEngine } from './engine.ts';
import { until } from './until.ts';

/** How a command of the CLI ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One orca on one lab engine: the real server and data plane, driven by the real CLI, all inside the namespace. */
export interface LabCluster {
  readonly engine: LabEngine;
  readonly dir: string;
  startServer(): Promise<void>;
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
  /** An API call with the admin token. */
  api(method: string, path: string, body?: unknown): Promise<Answered>;
  /** A request through the ingress. */
  ask(host: string, path?: string, options?: { readonly method?: string; readonly body?: string }): Promise<Answered>;
  /** The running containers of a service, as `id name`. */
  containers(service: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '../..');
const ORCA = join(ROOT, 'cli/orca');

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
  const token = () => readFileSync(join(dir, 'admin.token'), 'utf8').trim();
  let server: ChildProcess | undefined;

  const launchServer = (): ChildProcess => {
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
    server = engine.spawn(argv, { stdio: ['ignore', output, output] });
    closeSync(output);
    return server;
  };

  const startServer = async () => {
    const started = launchServer();
    await until(
      'the server to answer',
      async () => {
        if (started.exitCode !== null || started.signalCode !== null)
          throw new Error(`the server ended: ${readFileSync(logFile, 'utf8').slice(-2000)}`);
        return (await api('GET', '/api/v1/health')).status === 200;
      },
      15_000,
    );
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

  /** The API listens on the namespace's loopback: a small program inside carries the call. */
  const api = async (method: string, path: string, body?: unknown): Promise<Answered> => {
    const argv = [
      process.execPath,
      '--input-type=module',
      '--eval',
      CALL,
      method,
      `http://127.0.0.1:6880${path}`,
      existsSync(join(dir, 'admin.token')) ? token() : '',
      body === undefined ? '' : JSON.stringify(body),
    ];
    return JSON.parse(await engine.exec(argv)) as Answered;
  };

  return {
    engine,
    dir,
    startServer,
    launchServer: () => void launchServer(),
    stopServer,
    killServer: () => void server?.kill('SIGKILL'),
    serverLog: () => parseLines(readFileSync(logFile, 'utf8')),
    orca,
    startOrca,
    api,
    manifest: (name, text) => {
      const path = join(engine.dir, `${name}.yml`);
      writeFileSync(path, text);
      return path;
    },
    ask: (host, path = '/', options = {}) => ask(engine.address, host, path, options),
    containers: async (service) => {
      const filter = ['--filter', `label=orca.service=${service}`, '--filter', 'status=running'];
      const text = await engine.docker(['ps', '--no-trunc', ...filter, '--format', '{{.ID}} {{.Names}}']);
      return text.split('\n').filter(Boolean).sort();
    },
    stop: async () => {
      await stopServer();
      const stopping = spawn(ORCA, ['server', '--stop', '--all', '--data', dir], { stdio: 'ignore' });
      await once(stopping, 'exit');
    },
  };
}

const CALL = `
  const [method, url, token, body] = process.argv.slice(1);
  const headers = { authorization: 'Bearer ' + token, ...(body ? { 'content-type': 'application/json' } : {}) };
  const response = await fetch(url, { method, headers, ...(body ? { body } : {}), signal: AbortSignal.timeout(120_000) });
  console.log(JSON.stringify({ status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }));
`;

function ask(
  address: string,
  host: string,
  path: string,
  { method = 'GET', body }: { method?: string; body?: string },
): Promise<Answered> {
  return new Promise((done, failed) => {
    const call = request(
      { host: address, port: 80, path, method, headers: { host }, agent: false, timeout: 10_000 },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
        response.on('error', failed);
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer in 10 s')));
    call.on('error', failed);
    call.end(body);
  });
}

function parseLines(text: string): readonly Record<string, unknown>[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}
