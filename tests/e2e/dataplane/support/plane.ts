import { fileURLToPath } from 'node:url';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from '../../../../src/dataplane/proxy/options.ts';
import { runDataPlane } from '../../../../src/dataplane/run.ts';
import { addressOfDescriptor, portOfDescriptor } from '../../../../src/node/port-holder.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';

/** `plane.ts ingress --data DIR --http-fd N --workers N [--user UID:GID] [--worker real|hostile] [--alone MS] [--answer MS] [--probing MS]
 *  [--https-fd N] [--names-fds UDP,TCP] [--name-servers A,B]` */
const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const [uid, gid] = (argument('--user') ?? '').split(':').map(Number);
const WORKERS: Readonly<Record<string, string>> = {
  real: '../../../../src/dataplane/worker/main.ts',
  hostile: './hostile.ts',
};
const httpsFd = Number(argument('--https-fd') ?? 0);
const [udp, tcp] = (argument('--names-fds') ?? '').split(',').map(Number);
const entry = WORKERS[argument('--worker') ?? ''] ?? './stand-in.ts';

const running = await runDataPlane(
  {
    data: argument('--data') ?? '',
    httpFd: Number(argument('--http-fd')),
    ...(httpsFd > 0 ? { https: { fd: httpsFd, port: portOfDescriptor(httpsFd) ?? 0 } } : {}),
    workers: Number(argument('--workers') ?? 2),
    ...(uid !== undefined && gid !== undefined ? { user: { uid, gid } } : {}),
    ...(udp !== undefined && tcp !== undefined ? { names: { udp, tcp, address: addressOfDescriptor(udp) ?? '' } } : {}),
    nameServers: (argument('--name-servers') ?? '').split(',').filter(Boolean),
    trustedProxies: [],
    limits: DEFAULT_LIMITS,
    timeouts: DEFAULT_TIMEOUTS,
    version: 'test',
  },
  {
    log: createLogger({ level: 'info' }),
    entries: {
      worker: fileURLToPath(new URL(entry, import.meta.url)),
      resolver: fileURLToPath(new URL('../../../../src/dataplane/resolver/main.ts', import.meta.url)),
      nursery: fileURLToPath(new URL('../../../../src/dataplane/nursery/main.ts', import.meta.url)),
    },
    patience: {
      alone: Number(argument('--alone') ?? 2000),
      withMaster: 10_000,
      probing: Number(argument('--probing') ?? 1500),
      answer: Number(argument('--answer') ?? 10_000),
    },
  },
);
process.on('SIGTERM', () => void running.stop().then(() => process.exit(0)));
