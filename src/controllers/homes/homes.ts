import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import type { Home } from '../../core/schedule/fate.ts';
import { findHomes, goneHome } from '../../core/schedule/homes.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Commit } from '../commit.ts';
import { watchRecords } from '../joined/watch-records.ts';
import { createLoop } from '../loop.ts';
import type { World } from '../world.ts';
import { createReadings } from './readings.ts';

/** When anything was heard of a node that joined: ms on the clock of `steady`. */
export interface Hearing {
  /** When this master began to listen. */
  readonly since: number;
  /** Undefined: nothing since. */
  lastHeard(node: string): number | undefined;
}

/** What the nodes are to the tasks on them, as it was found out last: who decides by it reads nothing. */
export interface Homes {
  /** Of these nodes; none is known before the first look. */
  of(nodes: Iterable<string>): ReadonlyMap<string, Home>;
  /** Resolves once they were looked at, or at the signal: before that nobody knows who is to leave. */
  known(signal: AbortSignal): Promise<unknown>;
  /** To be told to people: so many nodes were lost at once that nothing of them is moved. */
  alarms(): readonly string[];
  /** Until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

export interface HomesOptions {
  readonly state: State;
  readonly commit: Commit;
  readonly hearing: Hearing;
  readonly world: Pick<World, 'engineDown'>;
  /** Id of the master's own machine, which is always heard. */
  readonly own: string;
  readonly clock: { now(): number };
  /** Ms on a clock that is never set. */
  readonly steady: () => number;
  /** A node means something else to its tasks than before. */
  readonly onChange: () => void;
  readonly log: Log;
}

/** Often enough for a lost node's tasks to run elsewhere within 15 s. */
const LOOK_EVERY = 1_000;
const LOOP = 'homes';

export function createHomes(options: HomesOptions): Homes {
  const { state, hearing, own, clock, steady, onChange, log } = options;
  let known: ReadonlyMap<string, Home> = new Map();
  let alarms: readonly string[] = [];
  let areAll = false;
  const first = Promise.withResolvers<void>();
  const readings = createReadings(options.world);

  const look = async (): Promise<number | undefined> => {
    const { records, unreadable } = await state.nodes.listReadable();
    const nodes = records.map(({ value }) => value);
    const listening = { now: steady(), since: hearing.since };
    const seen = nodes.map((node) => {
      const lastHeard = node.id === own ? listening.now : hearing.lastHeard(node.id);
      return { node, lastHeard, lastRead: readings.of(node.id, { ...listening, lastHeard }) };
    });
    readings.retain(nodes.map(({ id }) => id));
    const found = findHomes(seen, listening);
    const before = alarms;
    alarms = found.alarms;
    for (const alarm of alarms) if (!before.includes(alarm)) await tell(options, alarm);
    const isNews = !isSame(found.homes, known);
    known = found.homes;
    areAll = unreadable.length === 0;
    first.resolve();
    if (isNews) onChange();
    return nodes.some(({ id }) => id !== own) ? clock.now() + LOOK_EVERY : undefined;
  };

  const loop = createLoop({
    reconcile: look,
    clock,
    onError: (_, err, retryIn) => log.warn({ err, retryIn }, 'the nodes could not be looked at'),
  });

  return {
    of: (nodes) =>
      new Map(
        [...new Set(nodes)].flatMap((id) => {
          const isGone = areAll && id !== own;
          const home = known.get(id) ?? (isGone ? goneHome(id) : undefined);
          return home ? [[id, home] as const] : [];
        }),
      ),
    known: async (signal) => signal.aborted || Promise.race([first.promise, once(signal, 'abort')]),
    alarms: () => alarms,
    async run(signal) {
      const onRecord = () => loop.notice(LOOP);
      onRecord();
      await Promise.all([loop.run(signal), watchRecords({ state, prefix: 'nodes/', log, onChange: onRecord }, signal)]);
    },
  };
}

async function tell({ state, commit, clock, log }: HomesOptions, reason: string): Promise<void> {
  log.error(reason);
  await commit([], [state.event({ kind: 'node', at: clock.now(), name: 'cluster', reason })]);
}

const isSame = (found: ReadonlyMap<string, Home>, known: ReadonlyMap<string, Home>): boolean =>
  found.size === known.size && [...found].every(([id, home]) => isDeepStrictEqual(home, known.get(id)));
