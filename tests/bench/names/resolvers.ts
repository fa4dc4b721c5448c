import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createIngressLink } from '../../../src/controllers/ingress/link.ts';
import { engineTime } from '../../../src/core/clock.ts';
import type { Table, Target } from '../../../src/core/route/table.ts';
import { createIngressLauncher } from '../../../src/node/ingress/launcher.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { until } from '../../lab/until.ts';
import { treeOf } from '../process-usage.ts';
import { lookUp } from './load.ts';

/** Who answers for names, on an address of its own. */
export interface Resolver {
  readonly name: string;
  readonly address: string;
  /** Its processes, as they are now. */
  pids(): readonly number[];
  stop(): Promise<void>;
}

export const NAME = 'db';
const FOUND = '10.208.16.2';
const MAIN = resolve(import.meta.dirname, '../../../dist/main.js');
const clock = { now: Date.now };

/** The data plane as users run it (built, unprivileged), with one worker; this process is its master. */
export async function startOrcaResolver(parent: string, http: number, app: number): Promise<Resolver> {
  const address = '127.78.0.1';
  const dir = join(parent, 'orca');
  mkdirSync(dir, { mode: 0o711 });
  const log = createLogger({ level: 'silent' });
  const link = createIngressLink({ dir, cluster: 'bench', term: 1, log, clock });
  const launcher = createIngressLauncher({
    dir,
    http: () => ({ host: '127.0.0.1', port: http }),
    command: [process.execPath, MAIN],
    names: () => address,
    args: ({ httpFd: fd, namesFds: names }) => [
      ...['ingress', '--data', dir, '--workers', '1', '--access-log', 'off', '--http-fd', String(fd)],
      ...(names ? ['--names-fds', `${names.udp},${names.tcp}`] : []),
    ],
    link,
    log,
    clock,
  });
  link.start();
  await launcher.start();
  await until('the data plane to be connected', () => link.connected() !== undefined);
  link.publish(tableFor(app));
  await until('the table to be in use', () => link.settled() && link.health('db-1')?.ready === true);
  return {
    name: 'orca',
    address,
    pids: () => treeOf(link.connected()?.pid ?? 0),
    stop: async () => {
      await launcher.stopAll(500);
      link.close();
    },
  };
}

/** What Docker's users put beside their containers: C, one process. */
export async function startDnsmasq(): Promise<Resolver> {
  const address = '127.78.0.2';
  const own = ['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file', '--user=root'];
  const place = ['--bind-interfaces', `--listen-address=${address}`, '--no-resolv', '--no-hosts'];
  const child = spawn('dnsmasq', [...own, ...place, `--address=/${NAME}/${FOUND}`], { stdio: 'ignore' });
  await until('dnsmasq to answer', async () => (await lookUp(address, NAME, 10, 0.1)).answered > 0);
  return { name: 'dnsmasq', address, pids: () => [child.pid ?? 0], stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

const tableFor = (app: number): Table => ({
  id: { cluster: 'bench', term: 1, revision: 1 },
  pools: [],
  routes: [],
  targets: [targetAt(app)],
  names: {
    subnet: '127.0.0.0/8',
    projects: [{ project: 'shop', askers: ['127.0.0.1'] }],
    services: [
      { project: 'shop', name: NAME, to: [], tasks: [{ task: 'db-1', probed: true, addresses: { shop: FOUND } }] },
    ],
  },
});

const targetAt = (port: number): Target => ({
  task: 'db-1',
  service: 'shop/db',
  revision: 1,
  address: '127.0.0.1',
  port,
  container: 'db-1',
  startedAt: engineTime(1),
  probe: { port, path: '/', interval: 10_000, timeout: 3_000, failures: 3 },
});
