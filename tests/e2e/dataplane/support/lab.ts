import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  createIngressLink,
  type IngressLink,
  type IngressLinkOptions,
} from '../../../../src/controllers/ingress/link.ts';
import { engineTime } from '../../../../src/core/clock.ts';
import type { Table, Target } from '../../../../src/core/route/table.ts';
import { createIngressLauncher, type IngressLauncher } from '../../../../src/node/ingress/launcher.ts';
import type { Log } from '../../../../src/telemetry/log.ts';

export const clock = { now: Date.now };
export const CLUSTER = 'c1';

const nothing = (): void => {};
export const quiet: Log = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => quiet,
};

const cleanups = new WeakMap<TestContext, (() => unknown)[]>();

/** Like `t.after`, but the last comes first: processes end before their directory goes. */
export function finallyDo(t: TestContext, act: () => unknown): void {
  const known = cleanups.get(t);
  if (known) {
    known.push(act);
    return;
  }
  const acts = [act];
  cleanups.set(t, acts);
  t.after(async () => {
    for (const one of acts.reverse()) await one();
  });
}

/** A directory of its own, gone after the test. */
export function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-dp-'));
  finallyDo(t, () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Below those that the kernel gives to outgoing connections: one of these must not take it before it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}

export interface Lab {
  readonly dir: string;
  readonly port: number;
  readonly link: IngressLink;
  readonly launcher: IngressLauncher;
}

export interface LabOptions {
  readonly dir?: string;
  readonly port?: number;
  readonly term?: number;
  readonly args?: readonly string[];
  /** Where it listens for HTTPS; nowhere unless given. */
  readonly https?: { readonly host: string; readonly port: number };
  /** Where it answers for names. */
  readonly names?: () => string | undefined;
  readonly lookEvery?: number;
  readonly onTraffic?: NonNullable<IngressLinkOptions['onTraffic']>;
}

/** A data plane of real processes with two workers, and a master's link to it. Ended after the test. */
export async function startLab(t: TestContext, options: LabOptions = {}): Promise<Lab> {
  const dir = options.dir ?? directory(t);
  const port = options.port ?? (await freePort());
  const { term = 1, lookEvery, onTraffic } = options;
  const link = createIngressLink({ dir, cluster: CLUSTER, term, lookEvery, onTraffic, log: quiet, clock });
  const launcher = createIngressLauncher({
    dir,
    http: () => ({ host: '::', port }),
    command: [process.execPath, fileURLToPath(new URL('./plane.ts', import.meta.url))],
    names: options.names,
    https: () => options.https ?? 'off',
    args: ({ httpFd: fd, httpsFd, namesFds: names }) => [
      ...['ingress', '--data', dir, '--http-fd', String(fd)],
      ...(httpsFd === undefined ? [] : ['--https-fd', String(httpsFd)]),
      ...(names ? ['--names-fds', `${names.udp},${names.tcp}`] : []),
      ...(options.args ?? []),
    ],
    link,
    log: quiet,
    clock,
  });
  finallyDo(t, async () => {
    await launcher.stopAll(500);
    link.close();
  });
  link.start();
  await launcher.start();
  return { dir, port, link, launcher };
}

/** An app that answers every request with 200 until told otherwise. */
export async function startApp(t: TestContext): Promise<{ server: Server; port: number }> {
  const server = createServer((_, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  finallyDo(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

export const target = (task: string, port: number, changes: Partial<Target> = {}): Target => ({
  task,
  service: 'shop/web',
  revision: 1,
  address: '127.0.0.1',
  port,
  container: `container-${task}`,
  startedAt: engineTime(1),
  probe: { port, interval: 500, timeout: 1000, failures: 2 },
  ...changes,
});

/** A route and the tasks of its pool. */
interface Routed {
  readonly host: string;
  readonly tasks: readonly string[];
}

export const route = (tasks: readonly string[], host = 'shop.test'): Routed => ({ host, tasks });

export const table = (revision: number, targets: readonly Target[], routed: readonly Routed[], term = 1): Table => ({
  id: { cluster: CLUSTER, term, revision },
  pools: routed.map(({ host, tasks }) => ({
    name: host,
    service: 'shop/web',
    shares: [{ weight: 1, targets: tasks }],
  })),
  routes: routed.map(({ host }) => ({ host, path: '/', stripPrefix: false, pool: host })),
  targets,
});

/** Waits until it holds, for at most `within` ms: far more than anything takes, as a machine may be slow. */
export async function until<T>(what: string, holds: () => T | Promise<T>, within = 180_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + within;
  for (;;) {
    const value = await holds();
    if (value) return value as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await sleep(10);
  }
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request on a connection of its own. Rejects when it has no whole answer. */
export function ask(port: number, path = '/', host = 'shop.test'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let text = '';
    socket.setTimeout(60_000, () => socket.destroy(new Error('no answer in 60 s')));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [, status] = /^HTTP\/1\.1 (\d+)/.exec(text) ?? [];
      if (status === undefined) reject(new Error(`no answer, but "${text}"`));
      else resolve({ status: Number(status), body: text.slice(text.indexOf('\r\n\r\n') + 4) });
    });
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nx-id: ${randomUUID()}\r\nconnection: close\r\n\r\n`);
  });
}

export interface StandInAnswer {
  readonly pid: number;
  readonly table: number | null;
  readonly ready: readonly string[];
}

export const askStandIn = async (port: number, path = '/'): Promise<StandInAnswer> =>
  JSON.parse((await ask(port, path)).body) as StandInAnswer;

/** A field of /proc/PID/status. */
export const statusOf = (pid: number, field: string): string =>
  new RegExp(`^${field}:[ \\t]*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';

export function isAlive(pid: number): boolean {
  try {
    return statusOf(pid, 'State')[0] !== 'Z';
  } catch {
    return false;
  }
}
