import { type ChildProcess, fork } from 'node:child_process';
import type { TargetHealth, WorkerStatus } from '../../core/route/protocol.ts';
import { compareTables, type Table, type TableId } from '../../core/route/table.ts';
import type { Log } from '../../telemetry/log.ts';
import type { User } from '../config.ts';
import type { FromWorker, ToWorker, WorkerSettings } from '../worker/messages.ts';
import { createLiveness, PATIENT_BEATS } from './liveness.ts';

/** The worker processes: as many as asked for, each told the newest state, each replaced when it dies, and killed when it hangs. */
export interface Pool {
  /** Every worker, also one that has no table yet. */
  status(): readonly WorkerStatus[];
  /** Sent to each worker, which begins to accept with it, and to every later one. */
  share(table: Table, health: readonly TargetHealth[]): void;
  /** Lets the workers accept although there is no table. */
  acceptWithout(): void;
  broadcast(message: ToWorker): void;
  /** Resolves when all have ended; those that have not after `grace` ms, and a second, are killed. */
  stop(grace: number): Promise<void>;
}

export interface PoolOptions {
  readonly size: number;
  /** The module that a worker runs. */
  readonly entry: string;
  readonly data: string;
  readonly user: User | undefined;
  readonly httpFd: number | undefined;
  readonly settings: WorkerSettings;
  /** A worker that owes an answer for longer is killed, ms. */
  readonly patience: number;
  readonly log: Log;
  readonly now: () => number;
  /** False when a new worker could not be started: the files are out of this user's reach. */
  readonly canStart: () => boolean;
  /** Somebody is there who starts the data plane again when it ends as a whole. */
  readonly isLookedAfter: () => boolean;
  readonly onMessage: (worker: number, message: FromWorker) => void;
  readonly onStatus: () => void;
  readonly onDeath: (worker: number) => void;
  /** A worker died and cannot be replaced. */
  readonly onStuck: () => void;
}

interface Member {
  readonly id: number;
  readonly child: ChildProcess;
  readonly bornAt: number;
  table: TableId | null;
  /** The table it was told last. */
  told: TableId | null;
  /** Has a `state` not answered yet. */
  busy: boolean;
  /** What it was told is not the newest. */
  behind: boolean;
  draining: boolean;
}

const ANSWERS: ReadonlySet<FromWorker['type']> = new Set(['loaded', 'using', 'pong']);
/** A worker that lived this long is replaced at once when it dies. */
const SETTLED_AFTER = 10_000;
const LONGEST_PAUSE = 10_000;

export function createPool(options: PoolOptions): Pool {
  const { log, now, onStatus } = options;
  const members = new Map<number, Member>();
  const timers = new Set<NodeJS.Timeout>();
  const beat = options.patience / PATIENT_BEATS;
  const liveness = createLiveness(beat);
  let lastId = 0;
  let earlyDeaths = 0;
  let stopping = false;
  let accepting = false;
  let newest: { readonly table: Table; readonly health: readonly TargetHealth[] } | undefined;

  const update = (member: Member): void => {
    if (!newest || !member.behind || member.busy) return;
    const { table, health } = newest;
    const isNew = member.told === null || compareTables(member.told, table.id) !== 0;
    member.behind = false;
    member.busy = true;
    member.told = table.id;
    tell(member, { type: 'state', health, ...(isNew ? { table } : {}) });
    liveness.asked(member.id);
  };

  const receive = (member: Member, message: FromWorker): void => {
    if (ANSWERS.has(message.type)) liveness.answered(member.id);
    else liveness.heard(member.id);
    if (message.type === 'using') member.busy = false;
    options.onMessage(member.id, message);
    if (message.type !== 'using') return;
    const changed = !sameTable(member.table, message.table);
    member.table = message.table;
    if (changed) onStatus();
    update(member);
  };

  /** A child without a process is no member: nobody could be told anything, be killed, or end. */
  const start = (): void => {
    let child: ChildProcess;
    try {
      child = forkWorker(options);
    } catch (error) {
      missing(error);
      return;
    }
    if (child.pid === undefined) child.once('error', missing);
    else join(child);
  };

  const join = (child: ChildProcess): void => {
    lastId += 1;
    const member: Member = {
      id: lastId,
      child,
      bornAt: now(),
      table: null,
      told: null,
      busy: false,
      behind: newest !== undefined,
      draining: false,
    };
    members.set(member.id, member);
    liveness.begin(member.id);
    child.on('message', (message) => receive(member, message as FromWorker));
    child.on('error', (error) => log.error({ err: error, worker: member.id }, 'a worker cannot be reached'));
    child.once('exit', (code, signal) => bury(member, code, signal));
    tell(member, { type: 'settings', settings: options.settings });
    if (accepting) tell(member, { type: 'accept' });
    update(member);
    onStatus();
  };

  const bury = (member: Member, code: number | null, signal: string | null) => {
    members.delete(member.id);
    liveness.end(member.id);
    options.onDeath(member.id);
    onStatus();
    if (stopping) return;
    earlyDeaths = now() - member.bornAt < SETTLED_AFTER ? earlyDeaths + 1 : 0;
    const { pid } = member.child;
    log.error({ worker: member.id, pid, code, signal, pause: pauseNow() }, 'a worker died and is replaced');
    replace();
  };

  /** Short of processes, memory or descriptors, the machine gave none. */
  const missing = (error: unknown): void => {
    if (stopping) return;
    earlyDeaths += 1;
    log.error({ err: error, pause: pauseNow() }, 'a worker could not be started and is tried again');
    replace();
  };

  const replace = (): void => {
    if (options.canStart()) later(pauseNow(), start);
    else options.onStuck();
  };

  const pauseNow = (): number => (earlyDeaths < 2 ? 0 : Math.min(LONGEST_PAUSE, 100 * 2 ** (earlyDeaths - 2)));

  const later = (delay: number, act: () => void) => {
    if (delay === 0) return act();
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, delay);
    timers.add(timer);
  };

  const kill = (): void => {
    for (const { child } of members.values()) child.kill('SIGKILL');
  };

  const watch = (): void => {
    if (stopping) return;
    const { ask, hung } = liveness.beat(performance.now());
    for (const id of ask) tell(members.get(id), { type: 'ping' });
    const member = hung === undefined ? undefined : members.get(hung);
    if (member) killHung(member);
  };

  /** Where its death is the end of the whole, and nobody starts that again, the workers that serve are worth more. */
  const killHung = ({ id, child }: Member): void => {
    if (!options.canStart() && !options.isLookedAfter()) return;
    log.error({ worker: id, pid: child.pid, patience: options.patience }, 'a worker does not answer and is killed');
    liveness.killed(id);
    child.kill('SIGKILL');
  };

  for (let i = 0; i < options.size; i += 1) start();
  // After what has arrived meanwhile: an answer that waits to be read is one.
  const watching = setInterval(() => setImmediate(watch), beat);

  return {
    status: () =>
      [...members.values()].map(({ id, child, table, draining }) => ({ id, pid: child.pid ?? 0, table, draining })),

    share(table, health) {
      newest = { table, health };
      for (const member of members.values()) {
        member.behind = true;
        update(member);
      }
    },

    acceptWithout() {
      accepting = true;
      for (const member of members.values()) tell(member, { type: 'accept' });
    },

    broadcast(message) {
      for (const member of members.values()) tell(member, message);
    },

    async stop(grace) {
      stopping = true;
      clearInterval(watching);
      for (const timer of timers) clearTimeout(timer);
      const ended = [...members.values()].map(({ child }) => new Promise((resolve) => child.once('exit', resolve)));
      for (const member of members.values()) {
        member.draining = true;
        tell(member, { type: 'stop', grace });
      }
      onStatus();
      const timer = setTimeout(kill, grace + 1000);
      await Promise.all(ended);
      clearTimeout(timer);
    },
  };
}

/** The listening socket becomes descriptor 4, after the standard ones and the channel. */
const forkWorker = ({ entry, data, user, httpFd }: PoolOptions): ChildProcess =>
  fork(entry, ['ingress-worker', '--data', data, ...(user ? ['--user', `${user.uid}:${user.gid}`] : [])], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', httpFd ?? 'ignore'],
    execArgv: [YOUNG_SPACE],
  });

/** Megabytes. Requests leave little that lives long: a small young generation costs no time and saves 10-20 MB a worker. */
const YOUNG_SPACE = '--max-semi-space-size=4';

function tell(member: Member | undefined, message: ToWorker): void {
  if (member?.child.connected) member.child.send(message, () => {}); // A failure shows as the worker's death.
}

const sameTable = (a: TableId | null, b: TableId | null): boolean =>
  a === b || (a !== null && b !== null && a.cluster === b.cluster && compareTables(a, b) === 0);
