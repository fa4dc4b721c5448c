import { availableParallelism } from 'node:os';
import { planeTime } from '../../core/clock.ts';
import { CERTIFICATES } from '../../core/route/certificates.ts';
import { CHANGES, CONTROL_PROTOCOL, type FromDataPlane } from '../../core/route/protocol.ts';
import { compareTables, SPLIT_BY, type Table } from '../../core/route/table.ts';
import { EXIT, FILE, PATIENCE } from '../config.ts';
import { createLocalNursery } from '../nursery/local.ts';
import type { Nursery, NurseryEvents } from '../nursery/nursery.ts';
import { createRemoteNursery } from '../nursery/remote.ts';
import type { FromWorker } from '../worker/messages.ts';
import { createCertificates } from './certificates.ts';
import { createContentions } from './contention.ts';
import { type Control, createControl, type Topic } from './control.ts';
import { healthPace } from './health-pace.ts';
import { createLedger } from './ledger.ts';
import { createPool, type Pool } from './pool.ts';
import { probeTarget } from './probe.ts';
import { createProber } from './prober.ts';
import { createRelay } from './relay.ts';
import { openAccessLog, tellLostLines } from './requests-log.ts';
import { createRotation } from './rotation.ts';
import { createStart } from './start.ts';
import type { SupervisorOptions } from './supervisor-options.ts';
import { createTableFile } from './table-file.ts';
import { createThrottle } from './throttle.ts';
import { createTlsIdentities } from './tls-identity.ts';
import { createTrafficSums } from './traffic.ts';

/** The one process of a data plane that its workers, its masters and its probes meet in. It parses no client's byte. */
export interface Supervisor {
  /** Opens the control socket, and begins to serve once there is a table. After the drop of privileges. */
  open(): Promise<void>;
  /** Resolves once all workers have ended, which have `grace` ms for what is in flight. */
  stop(grace: number): Promise<void>;
}

const STATS_EVERY = 250;
const TRAFFIC_EVERY = 1000;
const ROTATION_EVERY = 1000;

/** Its workers are started at once, while the process may still read its own files. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { config, log, now, exit } = options;
  const startedAt = planeTime(now());
  const ledger = createLedger();
  const sums = createTrafficSums(() => performance.now());
  const file = createTableFile(FILE.table);
  const rotation = createRotation({ path: FILE.accessLog });
  const contentions = createContentions({
    broadcast: (state) => pool.broadcast({ type: 'contention', ...state }),
    now: () => performance.now(),
  });
  const prober = createProber({
    probe: contentions.watched(probeTarget),
    now,
    onChange: (change) => healthChanged(change),
  });
  let table: Table | undefined;
  let sharing: NodeJS.Immediate | undefined;
  let rotating: NodeJS.Timeout | undefined;
  let stopping: Promise<void> | undefined;

  const relay =
    config.relay &&
    createRelay({
      broadcast: (message) => pool.broadcast(message),
      onChange: () => control.push('relay'),
      log,
    });

  const certificates = createCertificates({
    path: FILE.certificates,
    broadcast: (message) => pool.broadcast(message),
    workers: () => pool.proxies(),
    onChange: () => control.push(CERTIFICATES),
    log,
  });

  const tls = config.https && createTlsIdentities({ broadcast: (message) => pool.broadcast(message), now });

  const control: Control = createControl({
    hello: {
      type: 'hello',
      protocol: CONTROL_PROTOCOL,
      version: config.version,
      pid: process.pid,
      startedAt,
      settings: config.settings,
      ports: config.ports,
      https: config.https?.port,
      names: config.names?.address,
      lacks: options.lacks,
      splits: SPLIT_BY,
      ...(relay && config.relay && { relay: { port: config.relay.port, key: relay.publicKey } }),
      takes: [CHANGES, CERTIFICATES],
    },
    snapshot: (topic) => snapshot(topic),
    admit: (cluster, term) => start.admit(cluster, term),
    onMaster: () => start.masterCame(),
    onTable: (given) => take(given),
    onRelay: (certificate, ca) => relay?.certify(certificate, ca),
    onCertificates: certificates.use,
    onStop: (grace) => void stop(grace).then(() => exit(EXIT.ok)),
    log,
  });

  const lostLines = tellLostLines(log);
  const accessLog = (config.accessLog ?? true) ? openAccessLog(log, lostLines) : undefined;
  const stats = createThrottle(() => control.push('stats'), STATS_EVERY);
  const traffic = createThrottle(() => control.push('traffic'), TRAFFIC_EVERY);
  const health = createThrottle(
    () => control.push('health'),
    () => healthPace(table?.targets.length ?? 0),
  );

  const size = config.workers ?? availableParallelism();
  const pool: Pool = createPool({
    size,
    resolves: config.names !== undefined,
    nursery: (events) => createNursery(options, events),
    settings: (kind) => ({
      limits: config.limits,
      timeouts: config.timeouts,
      trustedProxies: config.trustedProxies,
      accessLog: config.accessLog ?? true,
      listens: config.httpFd !== undefined,
      names: config.names && { address: config.names.address, servers: config.nameServers ?? [] },
      relay: config.relay && { address: config.relay, identity: relay?.identity() },
      ...(kind === 'proxy' && { certificates: certificates.current() }),
      ...(kind === 'proxy' && tls && config.https && { https: { port: config.https.port, identity: tls.current() } }),
    }),
    patience: options.patience?.answer ?? PATIENCE.answer,
    log,
    now,
    isLookedAfter: () => control.keepers > 0,
    onMessage: (worker, message) => heard(worker, message),
    onStatus: () => control.push('stats', 'workers'),
    onLines: (lines) => (accessLog ? accessLog.follow(lines) : lines.resume()),
    onDeath: (worker) => {
      ledger.close(worker);
      relay?.died(worker);
      certificates.died(worker);
      stats.now();
    },
    onStuck: () => {
      log.error({}, 'a worker cannot be started again by this user: the data plane ends, to be started as a whole');
      exit(EXIT.stuck);
    },
  });

  const start = createStart({
    file,
    patience: options.patience ?? PATIENCE,
    log,
    prober,
    onTable: (given) => adopt(given),
    share: () => share(),
    acceptWithout: () => pool.acceptWithout(),
    masters: () => control.masters,
  });

  const snapshot = (topic: Topic): FromDataPlane => {
    if (topic === 'workers') return { type: 'workers', workers: pool.status() };
    if (topic === 'health') return { type: 'health', targets: prober.health(), at: planeTime(now()) };
    if (topic === 'relay') return relay?.report() ?? { type: 'relay', unreached: [] };
    if (topic === CERTIFICATES) return certificates.report();
    if (topic === 'traffic') return { type: 'traffic', revisions: sums.totals() };
    return { type: 'stats', targets: ledger.totals() };
  };

  /** What is told of others would be kept. */
  const isTarget = (task: string): boolean => table?.targets.some((target) => target.task === task) ?? false;

  const take = (given: Table): void => {
    const order = table ? compareTables(given.id, table.id) : 1;
    if (order < 0) log.warn({ given: given.id, inUse: table?.id }, 'a table older than the one in use was ignored');
    if (order <= 0) return;
    adopt(given);
    file.save(given).catch((error) => log.error({ err: error }, 'the table could not be kept on disk'));
  };

  const adopt = (given: Table): void => {
    table = given;
    const tasks = new Set(given.targets.map(({ task }) => task));
    ledger.keep(tasks);
    contentions.keep(tasks);
    sums.keep(given);
    prober.watch(given.targets);
    start.tableCame();
    share();
  };

  const share = (): void => {
    if (sharing) clearImmediate(sharing);
    sharing = undefined;
    if (table && start.open()) pool.share(table, prober.health());
  };

  const healthChanged = (change: 'ready' | 'detail'): void => {
    // A deployment waits for the one; the other is only shown.
    if (change === 'ready') health.now();
    else health.call();
    start.probed();
    if (change === 'ready') sharing ??= setImmediate(share);
  };

  const heard = (worker: number, message: FromWorker) => {
    switch (message.type) {
      case 'using':
        ledger.report(worker, message.targets);
        return stats.call();
      case 'stats':
        ledger.report(worker, message.targets);
        return message.idle === undefined ? stats.call() : stats.now();
      case 'traffic':
        sums.add(message.revisions);
        return traffic.call();
      case 'down':
        return prober.foundDown(message, message.error);
      case 'lost-lines':
        return lostLines(message.count);
      case 'signs':
        return contentions.heard(message.signs.filter(({ task }) => isTarget(task)));
      case 'carry':
      case 'relay':
      case 'reach':
        return relay?.heard(worker, message);
      case 'certificates':
        return certificates.heard(worker, message);
      case 'loaded':
        return contentions.tell();
      case 'pong':
        return;
    }
  };

  const rotate = async (): Promise<void> => {
    try {
      if (await rotation.check()) accessLog?.open();
    } catch (error) {
      log.error({ err: error }, 'the access log could not be rotated');
    }
  };

  const stop = (grace: number): Promise<void> => {
    stopping ??= end(grace);
    return stopping;
  };

  const end = async (grace: number): Promise<void> => {
    log.info({ grace }, 'the data plane ends');
    start.cancel();
    const ended = pool.stop(grace);
    await ended;
    await accessLog?.close();
    prober.stop();
    tls?.stop();
    contentions.stop();
    stats.cancel();
    traffic.cancel();
    health.cancel();
    control.close();
    clearInterval(rotating);
  };

  return {
    async open() {
      accessLog?.open();
      certificates.begin();
      await control.listen(FILE.socket);
      start.begin();
      rotating = setInterval(rotate, ROTATION_EVERY);
      log.info({ data: config.data, workers: size }, 'the data plane is up');
    },
    stop,
  };
}

const createNursery = ({ config, entries, workerUser }: SupervisorOptions, events: NurseryEvents): Nursery => {
  const { data, httpFd, https, names } = config;
  const options = {
    entries: { proxy: entries.worker, resolver: entries.resolver },
    data,
    httpFd,
    httpsFd: https?.fd,
    names,
  };
  return workerUser
    ? createRemoteNursery({ ...options, user: workerUser, nurseryEntry: entries.nursery }, events)
    : createLocalNursery({ ...options, user: undefined }, events);
};
