import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createIngressLink, type IngressLink } from '../../../src/controllers/ingress/link.ts';
import { engineTime } from '../../../src/core/clock.ts';
import type { Split, Table, Target } from '../../../src/core/route/table.ts';
import { handListener } from '../../../src/node/ingress/listener.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { until } from '../../lab/until.ts';
import { PROXY_CORE, pinned } from './cores.ts';
import { answers, end, HOST, type Peer, type PeerPlace } from './peer.ts';

const MAIN = resolve(import.meta.dirname, '../../../dist/main.js');
const CLUSTER = 'bench';

export type SplitBy = Split['by'];

/**
 * The data plane as users run it (built, unprivileged, supervisor and worker), with one worker; this process is its master.
 * @param by the pool has two versions, which are the same origin, 75 and 25 %
 */
export async function startOrca(
  { dir: parent, port, origin }: PeerPlace,
  accessLog: 'on' | 'off',
  by?: SplitBy,
): Promise<Peer> {
  const dir = join(parent, `orca-${accessLog}`);
  mkdirSync(dir, { mode: 0o711 });
  const log = join(parent, `orca-${accessLog}.log`);
  const output = openSync(log, 'a');
  const settings = ['--workers', '1', '--access-log', accessLog, '--http-fd', '3'];
  const argv = [process.execPath, MAIN, 'ingress', '--data', dir, ...settings];
  const [file = '', ...args] = pinned(PROXY_CORE, argv);
  const child = await handListener({ host: '127.0.0.1', port }, (fd) =>
    spawn(file, args, { stdio: ['ignore', output, output, fd] }),
  );
  const link = createIngressLink({
    dir,
    cluster: CLUSTER,
    term: 1,
    log: createLogger({ level: 'silent' }),
    clock: { now: Date.now },
  });
  link.start();
  await until('the data plane to be connected', () => link.connected() !== undefined);
  link.publish(tableFor(origin, by));
  await until('the table to be in use', () => link.settled() && isReady(link, by));
  await answers({ name: 'orca', port, log }, child);
  return {
    name: accessLog === 'on' ? 'orca, access log on' : 'orca',
    port,
    pid: child.pid ?? 0,
    stop: async () => {
      link.close();
      await end(child);
    },
  };
}

const TASKS = ['origin-1', 'origin-2'];
const tasksOf = (by: SplitBy | undefined): readonly string[] => TASKS.slice(0, by === undefined ? 1 : 2);

const isReady = (link: IngressLink, by: SplitBy | undefined): boolean =>
  tasksOf(by).every((task) => link.health(task)?.ready === true);

function tableFor(origin: number, by: SplitBy | undefined): Table {
  const tasks = tasksOf(by);
  const shares = tasks.map((task, at) => ({ weight: at === 0 ? 75 : 25, targets: [task] }));
  const split = by && { by, salt: 'd-1', name: by === 'header' ? 'x-user' : by === 'cookie' ? 'sid' : undefined };
  return {
    id: { cluster: CLUSTER, term: 1, revision: 1 },
    pools: [{ name: 'bench/web', service: 'bench/web', shares, split }],
    routes: [{ host: HOST, path: '/', stripPrefix: false, pool: 'bench/web' }],
    targets: tasks.map((task, at) => targetOf(task, at + 1, origin)),
  };
}

const targetOf = (task: string, revision: number, port: number): Target => ({
  task,
  service: 'bench/web',
  revision,
  address: '127.0.0.1',
  port,
  container: task,
  startedAt: engineTime(1),
  probe: { port, path: '/', interval: 10_000, timeout: 3_000, failures: 3 },
});
