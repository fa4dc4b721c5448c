import { MAX_CONTROL_LINE, type TargetHealth, type WorkerStatus } from '../../core/route/protocol.ts';
import { isSameTable, type Table, type TableId } from '../../core/route/table.ts';
import type { Born, End, WorkerKind } from '../nursery/nursery.ts';
import { type Channel, createChannel } from '../worker/channel.ts';
import type { FromWorker, ToWorker } from '../worker/messages.ts';
import { createLiveness, PATIENT_BEATS } from './liveness.ts';
import { NOTHING, newsOf, type Told } from './news.ts';
import { createNurseryWatch } from './nursery-watch.ts';
import type { PoolOptions } from './pool-options.ts';
import { readFromWorker } from './worker-messages.ts';

/** The worker processes: as many as asked for, each told the newest state, each replaced when it dies, and killed when it hangs. */
export interface Pool {
  /** Every worker, also one that has no table yet. */
  status(): readonly WorkerStatus[];
  /** Sent to each worker, which begins to accept with it, and to every later one. */
  share(table: Table, health: readonly TargetHealth[]): void;
  /** Lets the workers accept although there is no table. */
  acceptWithout(): void;
  /** To those that take requests. */
  broadcast(message: ToWorker): void;
  /** Ids of those. */
  proxies(): readonly number[];
  /** Resolves when all have ended; those that have not after `grace` ms, and a second, are killed. */
  stop(grace: number): Promise<void>;
}

interface Member {
  readonly id: number;
  readonly pid: number;
  readonly channel: Channel<ToWorker>;
  readonly bornAt: number;
  table: TableId | null;
  /** What it was told last. */
  told: Told;
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
  /** Asked for, and not ended: members, and those on their way. */
  const begun = new Map<number, WorkerKind>();
  const timers = new Set<NodeJS.Timeout>();
  const beat = options.patience / PATIENT_BEATS;
  const liveness = createLiveness(beat);
  let lastId = 0;
  let earlyDeaths = 0;
  let stopping = false;
  let allEnded = (): void => {};
  let accepting = false;
  let newest: (Told & { readonly table: Table }) | undefined;

  const update = (member: Member): void => {
    if (!newest || !member.behind || member.busy) return;
    const { told } = member;
    member.behind = false;
    member.busy = true;
    member.told = newest;
    tell(member, newsOf(told, newest));
    liveness.asked(member.id);
  };

  const receive = (member: Member, said: unknown): void => {
    const message = readFromWorker(said);
    if (message && isTrue(member, message)) hear(member, message);
    else distrust(member);
  };

  const hear = (member: Member, message: FromWorker): void => {
    if (ANSWERS.has(message.type)) liveness.answered(member.id);
    else liveness.heard(member.id);
    if (message.type === 'using') member.busy = false;
    options.onMessage(member.id, message);
    if (message.type !== 'using') return;
    const changed = !isSameTable(member.table, message.table);
    member.table = message.table;
    if (changed) onStatus();
    update(member);
  };

  const distrust = (member: Member): void => {
    if (!member.channel.isOpen) return;
    const { id, pid } = member;
    log.error({ worker: id, pid }, 'a worker says what no worker says, and is killed');
    member.channel.close();
    nursery.kill(id);
  };

  const start = (kind: WorkerKind): void => {
    lastId += 1;
    begun.set(lastId, kind);
    liveness.begin(lastId);
    nursery.start(lastId, kind);
  };

  const proxies = (): readonly number[] => [...members.keys()].filter((id) => begun.get(id) === 'proxy');

  const join = (id: number, { pid, channel, lines }: Born): void => {
    const kind = begun.get(id);
    if (kind === undefined || members.has(id)) {
      channel.destroy(); // Nobody asked for it: the nursery is not itself any more.
      lines.destroy();
      return;
    }
    const member: Member = {
      id,
      pid,
      channel: createChannel<ToWorker>(channel, {
        limit: MAX_CONTROL_LINE,
        onMessage: (said) => receive(member, said),
        onClosed() {}, // It ends, or owes answers for ever.
      }),
      bornAt: now(),
      table: null,
      told: NOTHING,
      busy: false,
      behind: newest !== undefined,
      draining: stopping,
    };
    members.set(id, member);
    options.onLines(lines);
    tell(member, { type: 'settings', settings: options.settings(kind) });
    if (accepting) tell(member, { type: 'accept' });
    if (stopping) tell(member, { type: 'stop', grace: 0 });
    update(member);
    onStatus();
  };

  const bury = (id: number, { code, signal, said }: End): void => {
    const kind = begun.get(id);
    if (kind === undefined) return;
    const member = members.get(id);
    leave(id);
    member?.channel.close();
    options.onDeath(id);
    onStatus();
    if (stopping) return;
    earlyDeaths = now() - (member?.bornAt ?? now()) < SETTLED_AFTER ? earlyDeaths + 1 : 0;
    const words = said === '' ? {} : { said };
    log.error(
      { worker: id, kind, pid: member?.pid, code, signal, pause: pauseNow(), ...words },
      'a worker died and is replaced',
    );
    replace(kind);
  };

  const leave = (id: number): void => {
    members.delete(id);
    begun.delete(id);
    liveness.end(id);
    if (begun.size === 0) allEnded();
  };

  /** Short of processes, memory or descriptors, the machine gave none. */
  const missing = (id: number, error: string): void => {
    const kind = begun.get(id);
    if (kind === undefined) return;
    leave(id);
    if (stopping) return;
    earlyDeaths += 1;
    log.error({ reason: error, pause: pauseNow() }, 'a worker could not be started and is tried again');
    replace(kind);
  };

  const replace = (kind: WorkerKind): void => {
    if (nursery.canStart()) later(pauseNow(), () => start(kind));
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

  const watch = (): void => {
    if (stopping) return;
    const { ask, hung } = liveness.beat(performance.now());
    for (const id of ask) tell(members.get(id), { type: 'ping' });
    if (hung !== undefined) killHung(hung);
    nurseryWatch.beat(performance.now());
  };

  /** Where its death is the end of the whole, and nobody starts that again, the workers that serve are worth more. */
  const killHung = (id: number): void => {
    if (!nursery.canStart() && !options.isLookedAfter()) return;
    const { pid } = members.get(id) ?? {};
    log.error({ worker: id, pid, patience: options.patience }, 'a worker does not answer and is killed');
    liveness.killed(id);
    nursery.kill(id);
  };

  const nursery = options.nursery({
    onStarted: join,
    onFailed: missing,
    onEnded: bury,
    onAnswer: () => nurseryWatch.answered(),
    onLost: (reason) => stopping || nurseryWatch.lost(reason),
  });
  const nurseryWatch = createNurseryWatch({
    every: beat,
    ping: () => nursery.ping(),
    isLookedAfter: options.isLookedAfter,
    onLost: (reason) => log.error({ reason }, 'the process that starts workers is gone: none can be replaced'),
    onStuck: options.onStuck,
  });
  for (let i = 0; i < options.size; i += 1) start('proxy');
  if (options.resolves) start('resolver');
  nursery.drop();
  // After what has arrived meanwhile: an answer that waits to be read is one.
  const watching = setInterval(() => setImmediate(watch), beat);

  return {
    status: () => [...members.values()].map(({ id, pid, table, draining }) => ({ id, pid, table, draining })),

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

    proxies,

    broadcast(message) {
      for (const id of proxies()) tell(members.get(id), message);
    },

    async stop(grace) {
      stopping = true;
      clearInterval(watching);
      for (const timer of timers) clearTimeout(timer);
      nursery.close(); // Else who connects now would wait until all is over.
      const ended = new Promise<void>((resolve) => {
        allEnded = resolve;
        if (begun.size === 0) resolve();
      });
      for (const member of members.values()) {
        member.draining = true;
        tell(member, { type: 'stop', grace });
      }
      onStatus();
      const kill = setTimeout(() => {
        for (const id of begun.keys()) nursery.kill(id);
      }, grace + 1000);
      const giveUp = setTimeout(allEnded, grace + 1500); // Then they end with their channels.
      await ended;
      clearTimeout(kill);
      clearTimeout(giveUp);
    },
  };
}

const tell = (member: Member | undefined, message: ToWorker): void => member?.channel.send(message);

/** It uses no table that it was not told to. */
const isTrue = ({ told }: Member, message: FromWorker): boolean =>
  message.type !== 'using' || message.table === null || isSameTable(told.table?.id ?? null, message.table);
