import { createServer, type Server, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { CertificateSet } from '../../core/route/certificates.ts';
import type { TargetStats } from '../../core/route/protocol.ts';
import { type Carrier, createCarrier } from '../carrier/carrier.ts';
import type { Proxy as HttpProxy, ProxyOptions } from '../proxy/proxy.ts';
import { type AccessLog, createAccessLog } from './access-log.ts';
import { WORKER_FD } from './descriptors.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './messages.ts';
import { createRelayEnd, type RelayEnd } from './relay.ts';
import { createToldState } from './told-state.ts';

const STATS_EVERY = 250;
/** A worker that is killed takes what it has not told with it. */
const TRAFFIC_EVERY = 500;
/** As where it was first listened on: to listen again sets it anew. */
const BACKLOG = 4096;

interface WorkerDependencies {
  readonly createProxy: (options: ProxyOptions) => HttpProxy;
  /** Tells the supervisor. */
  readonly send: (message: FromWorker) => void;
  readonly now: () => number;
  /** Where lines of the access log go. */
  readonly lines: () => Writable;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/** A worker does what its supervisor says: it serves no connection before it has a table, or the word to go on without one. */
export interface Worker {
  receive(message: ToWorker): void;
}

export function createWorker({ createProxy, send, now, lines, exit }: WorkerDependencies): Worker {
  let proxy: HttpProxy | undefined;
  let log: AccessLog | undefined;
  let servers: readonly Server[] = [];
  let relay: RelayEnd | undefined;
  let doors: readonly Door[] = [];
  let carrier: Carrier | undefined;
  let told = '';
  const state = createToldState();

  const tellStats = (idle?: string): void => {
    const targets = proxy?.stats() ?? [];
    const text = JSON.stringify(targets);
    if (text === told && idle === undefined) return;
    told = text;
    send({ type: 'stats', targets, idle });
  };

  const begin = (settings: WorkerSettings): void => {
    doors = doorsOf(settings);
    if (settings.accessLog) {
      log = createAccessLog({ to: lines(), onLost: (count) => send({ type: 'lost-lines', count }) });
    }
    proxy = createProxy({
      limits: settings.limits,
      timeouts: settings.timeouts,
      trustedProxies: settings.trustedProxies,
      httpsPort: settings.https?.port,
      ...(log ? { accessLog: log.write } : {}),
      now,
      onTargetDown: tellDown,
      onSigns: (signs) => send({ type: 'signs', signs }),
      onReach: (node, reach) => send({ type: 'reach', node, ...reach }),
    });
    proxy.onIdleTarget(tellStats);
    if (settings.https) proxy.identifyTls(settings.https.identity);
    if (settings.certificates) certify(settings.certificates);
    setInterval(tellStats, STATS_EVERY).unref(); // The channel keeps the process.
    setInterval(tellTraffic, TRAFFIC_EVERY).unref();
    if (!settings.relay) return;
    const { address, identity } = settings.relay;
    const { farNode } = proxy;
    carrier = createCarrier({ nodes: farNode, onProblem: (error) => send({ type: 'carry', error }) });
    relay = createRelayEnd({ proxy, carrier, address, send });
    if (identity) relay.identify(identity);
  };

  const certify = (set: CertificateSet): void => {
    const problems = proxy?.certify(set) ?? [];
    send({ type: 'certificates', id: set.id, problems });
  };

  const tellTraffic = (): void => {
    const revisions = proxy?.takeTraffic() ?? [];
    if (revisions.length > 0) send({ type: 'traffic', revisions });
  };

  const tellDown = (task: string, error: string): void => {
    const target = state.table()?.targets.find((one) => one.task === task);
    if (!target) return; // It was taken out meanwhile.
    const { container, startedAt, address } = target;
    send({ type: 'down', task, container, startedAt, address, error });
  };

  const accept = (): void => {
    if (servers.length === 0) servers = doors.map(({ fd, by }) => listen(fd, (socket) => proxy?.[by](socket)));
  };

  const apply = (message: Extract<ToWorker, { type: 'state' }>): void => {
    const isNew = state.take(message);
    const table = state.table();
    if (isNew && table) proxy?.use(table);
    const listening = isNew && table ? carrier?.use(table) : undefined;
    // All of it: one that was found down here is back with the next word that it is ready.
    proxy?.setHealth(state.health());
    carrier?.setHealth(state.health());
    if (isNew) accept();
    // Whoever is told a service's address by this table is to find somebody there.
    if (listening) listening.then(acknowledge);
    else acknowledge();
  };

  const acknowledge = (): void => {
    const targets: readonly TargetStats[] = proxy?.stats() ?? [];
    told = JSON.stringify(targets);
    send({ type: 'using', table: state.table()?.id ?? null, targets });
  };

  const stop = (grace: number): void => {
    for (const server of servers) server.close();
    relay?.close();
    const cut = setTimeout(() => {
      proxy?.destroy();
      carrier?.destroy();
    }, grace);
    const end = async (): Promise<void> => {
      clearTimeout(cut);
      tellTraffic();
      tellStats();
      await log?.close();
      exit(0);
    };
    Promise.all([proxy?.drain(), carrier?.drain()]).then(end, end);
  };

  return {
    receive(message) {
      switch (message.type) {
        case 'settings':
          return begin(message.settings);
        case 'state':
          return apply(message);
        case 'contention':
          return proxy?.contend(message.serial, message.release);
        case 'relay':
          return relay?.identify(message.identity);
        case 'tls':
          return proxy?.identifyTls(message.identity);
        case 'certificates':
          return certify(message.set);
        case 'accept':
          return accept();
        case 'ping':
          return send({ type: 'pong' });
        case 'stop':
          return stop(message.grace);
      }
    },
  };
}

/** Where connections come in, and what becomes of them. */
interface Door {
  readonly fd: number;
  readonly by: 'handle' | 'handleSecure';
}

const doorsOf = ({ listens, https }: WorkerSettings): readonly Door[] => [
  ...(listens ? [{ fd: WORKER_FD.listen, by: 'handle' } as const] : []),
  ...(https ? [{ fd: WORKER_FD.https, by: 'handleSecure' } as const] : []),
];

function listen(fd: number, handle: (socket: Socket) => void): Server {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, handle);
  server.listen({ fd, backlog: BACKLOG });
  return server;
}
