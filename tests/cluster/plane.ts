import type { Socket } from 'node:net';
import { planeTime } from '../../src/core/clock.ts';
import { CHANGES, CONTROL_PROTOCOL, type FromDataPlane, type TargetStats } from '../../src/core/route/protocol.ts';
import type { ProbeResult } from '../../src/core/route/readiness.ts';
import { compareTables, listedTasks, SPLIT_BY, type Table, type Target } from '../../src/core/route/table.ts';
import { PATIENCE } from '../../src/dataplane/config.ts';
import { createControl, type Topic } from '../../src/dataplane/supervisor/control.ts';
import { healthPace } from '../../src/dataplane/supervisor/health-pace.ts';
import { createProber } from '../../src/dataplane/supervisor/prober.ts';
import { createStart } from '../../src/dataplane/supervisor/start.ts';
import type { TableFile } from '../../src/dataplane/supervisor/table-file.ts';
import { createThrottle } from '../../src/dataplane/supervisor/throttle.ts';
import type { Log } from '../../src/telemetry/log.ts';
import type { Faults } from './faults.ts';
import type { Machine } from './machine.ts';

/** One process of the data plane: real control, start and probes, two workers that only remember what they would do. */
export interface Plane {
  /** Takes a master's connection. */
  accept(socket: Socket): void;
  /** What each worker routes by. */
  inUse(): readonly (Table | undefined)[];
  /** Requests that a task has in flight. */
  inflight(task: string): number;
  /** The newest table it was given. */
  newest(): Table | undefined;
  end(): void;
}

export interface PlaneOptions {
  readonly machine: Machine;
  readonly faults: Faults;
  /** Its own clock, epoch ms. */
  readonly now: () => number;
  readonly pid: number;
  readonly file: TableFile;
  readonly log: Log;
}

const WORKERS = [1, 2];
const PROBE = 3;

export function createPlane({ machine, faults, now, pid, file, log }: PlaneOptions): Plane {
  const tables = new Map<number, Table | undefined>(WORKERS.map((id) => [id, undefined]));
  /** Those that a request may still be in flight to. */
  const busy = new Set<string>();
  const told = new Map<string, TargetStats>();
  let newest: Table | undefined;
  let ended = false;

  const probe = async ({ address, port }: Target): Promise<ProbeResult> => {
    await sleep(PROBE);
    const found = machine.at(address);
    if (found !== undefined && machine.answers(found)) return { kind: 'pass' };
    return { kind: 'miss', error: `connection refused on ${address}:${port}` };
  };

  const inflight = (task: string): number => (busy.has(task) ? 1 : 0);
  const lists = new WeakMap<Table, ReadonlySet<string>>();
  const listedBy = (table: Table): ReadonlySet<string> => {
    const found = lists.get(table) ?? listedTasks(table);
    lists.set(table, found);
    return found;
  };
  const listed = (): ReadonlySet<string> => {
    const [first, ...others] = [...new Set(tables.values())].filter((table) => table !== undefined).map(listedBy);
    return others.reduce((all, one) => all.union(one), first ?? new Set());
  };

  const countRequests = () => {
    const now = listed();
    if (faults.request > 0) for (const task of now) busy.add(task);
    for (const task of busy) if (!now.has(task)) setTimeout(() => finish(task), faults.request);
  };

  const finish = (task: string) => {
    if (!listed().has(task) && busy.delete(task) && !ended) control.push('stats');
  };

  const use = (worker: number, table: Table) => {
    const before = tables.get(worker);
    if (ended || (before && compareTables(table.id, before.id) <= 0)) return;
    tables.set(worker, table);
    countRequests();
    control.push('stats', 'workers');
  };

  const take = (table: Table) => {
    if (newest && compareTables(table.id, newest.id) <= 0) return;
    void file.save(table);
    adopt(table);
  };

  const adopt = (table: Table) => {
    newest = table;
    prober.watch(table.targets);
    start.tableCame();
    share();
  };

  const share = () => {
    const table = newest;
    if (!table || !start.open()) return;
    for (const worker of WORKERS) setTimeout(() => use(worker, table), faults.acknowledgement * worker);
  };

  const snapshot = (topic: Topic): FromDataPlane => faults.lie?.(truth(topic)) ?? truth(topic);

  const truth = (topic: Topic): FromDataPlane => {
    if (topic === 'health') return { type: 'health', targets: prober.health(), at: planeTime(now()) };
    if (topic === 'traffic') return { type: 'traffic', revisions: [] };
    if (topic === 'workers') return { type: 'workers', workers: WORKERS.map(workerOf) };
    // One that has left the table is told of until its last request has ended.
    const tasks = new Set([...(newest?.targets.map(({ task }) => task) ?? []), ...busy]);
    return { type: 'stats', targets: Array.from(tasks, statsOf) };
  };

  /** The same object while it is the same, as a ledger tells it. */
  const statsOf = (task: string): TargetStats => {
    const now = { task, inflight: inflight(task), streams: 0, requests: 0, errors: 0, failed: 0 };
    const before = told.get(task);
    const found = before?.inflight === now.inflight ? before : now;
    told.set(task, found);
    return found;
  };

  const workerOf = (id: number) => ({ id, pid: pid + id, table: tables.get(id)?.id ?? null, draining: false });

  const health = createThrottle(
    () => ended || control.push('health'),
    () => healthPace(newest?.targets.length ?? 0),
  );
  let isOwed = false;

  /** What many probes have found at the same time is told once, as it is when the process is busy. */
  const healthChanged = (change: 'ready' | 'detail') => {
    if (ended) return;
    start.probed();
    if (change === 'detail') return health.call();
    if (!isOwed) setTimeout(tellReady, 1);
    isOwed = true;
  };

  const tellReady = () => {
    isOwed = false;
    health.now();
  };

  const control = createControl({
    hello: {
      type: 'hello',
      protocol: CONTROL_PROTOCOL,
      version: '0.0.0',
      pid,
      startedAt: planeTime(now()),
      lacks: [],
      splits: SPLIT_BY,
      takes: [CHANGES],
    },
    snapshot,
    admit: (cluster, term) => start.admit(cluster, term),
    onMaster: () => start.masterCame(),
    onTable: take,
    onRelay() {},
    onCertificates() {},
    onStop: () => {},
    log,
  });
  const prober = createProber({ probe, now, onChange: (change) => healthChanged(change) });
  const start = createStart({
    file,
    patience: PATIENCE,
    log,
    prober,
    onTable: adopt,
    share,
    acceptWithout: () => {},
    masters: () => control.masters,
  });
  start.begin();

  return {
    accept: control.accept,
    inUse: () => [...tables.values()],
    inflight,
    newest: () => newest,
    end() {
      ended = true;
      start.cancel();
      health.cancel();
      prober.stop();
      control.close();
    },
  };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
