import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createIngressLink } from '../../../src/controllers/ingress/link.ts';
import { handListener } from '../../../src/controllers/ingress/listener.ts';
import { engineTime } from '../../../src/core/clock.ts';
import type { Table } from '../../../src/core/route/table.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { until } from '../../lab/until.ts';
import { PROXY_CORE, pinned } from './cores.ts';
import { answers, end, HOST, type Peer, type PeerPlace } from './peer.ts';

const MAIN = resolve(import.meta.dirname, '../../../dist/main.js');
const CLUSTER = 'bench';

/** The data plane as users run it (built, unprivileged, supervisor and worker), with one worker; this process is its master. */
export async function startOrca({ dir: parent, port, origin }: PeerPlace, accessLog: 'on' | 'off'): Promise<Peer> {
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
  link.publish(tableFor(origin));
  await until('the table to be in use', () => link.settled() && link.health('origin-1')?.ready === true);
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

const tableFor = (origin: number): Table => ({
  id: { cluster: CLUSTER, term: 1, revision: 1 },
  pools: [{ name: 'bench/web', service: 'bench/web', shares: [{ weight: 1, targets: ['origin-1'] }] }],
  routes: [{ host: HOST, path: '/', stripPrefix: false, pool: 'bench/web' }],
  targets: [
    {
      task: 'origin-1',
      service: 'bench/web',
      revision: 1,
      address: '127.0.0.1',
      port: origin,
      container: 'origin',
      startedAt: engineTime(1),
      probe: { port: origin, path: '/', interval: 10_000, timeout: 3_000, failures: 3 },
    },
  ],
});
