import type { Routing } from '../rollout/observed.ts';
import type { WorkerStatus } from './protocol.ts';
import { compareTables, listedTasks, type Table, type TableId } from './table.ts';

/** The tables this master has published, remembered until no worker can be using them: what an acknowledgement means. */
export interface Published {
  /** @param listed the tasks that it routes to or names, or that tables of other data planes do which go with it */
  add(table: Table, listed?: ReadonlySet<string>): void;
  /** It was replaced before it was sent: nobody can come to use it. */
  forget(id: TableId): void;
  /** What the workers use, of a connected data plane. @param now epoch ms */
  inUse(workers: readonly WorkerStatus[], now: number): void;
  /** `workers` is undefined while no data plane is connected. */
  routing(task: string, workers: readonly WorkerStatus[] | undefined): Routing;
  /** Every worker uses a table in which whoever asks from this address is known. */
  knows(asker: string, workers: readonly WorkerStatus[] | undefined): boolean;
  settled(workers: readonly WorkerStatus[] | undefined): boolean;
}

interface Known {
  readonly id: TableId;
  /** The tasks that it routes to or names. */
  readonly routed: ReadonlySet<string>;
  /** Addresses of those who are told names. */
  readonly askers: ReadonlySet<string>;
}

/** A task that was in a table and is not in the one after it. */
interface Left {
  readonly since: TableId;
  /** When every worker was seen to use that one, or a later one. */
  goneAt?: number;
}

/** Those that left longest ago are forgotten first: nobody waits for so many at a time. */
const MOST_LEFT = 10_000;

/** @param hasPast a data plane keeps a table that an earlier master has published */
export function createPublished(hasPast: boolean): Published {
  const tables = new Map<string, Known>();
  const left = new Map<string, Left>();
  let newest: Table | undefined;
  /** Some data plane may route to anything, by a table that this master does not know. */
  let unknownPast = hasPast;
  let everRouted = false;

  const routes = (task: string, id: TableId | null): boolean | 'unknown' => {
    if (id === null) return unknownPast ? 'unknown' : false; // It may yet be given a table from disk.
    return tables.get(nameOf(id))?.routed.has(task) ?? 'unknown';
  };

  /** A table that was published after the one in use is on its way: it may be used for a moment before the newest is. */
  const isAhead = (task: string, used: TableId | null): boolean =>
    [...tables.values()].some(({ id, routed }) => (used === null || compareTables(id, used) > 0) && routed.has(task));

  const note = (task: string, since: TableId): void => {
    if (left.has(task)) return;
    left.set(task, { since });
    const [first] = left.keys();
    if (left.size > MOST_LEFT && first !== undefined) left.delete(first);
  };

  return {
    add(table, routed = listedTasks(table)) {
      for (const task of routed) left.delete(task);
      for (const before of tables.values())
        for (const task of before.routed) if (!routed.has(task)) note(task, table.id);
      newest = table;
      everRouted ||= routed.size > 0;
      const askers = new Set(table.names?.projects.flatMap((project) => project.askers));
      tables.set(nameOf(table.id), { id: table.id, routed, askers });
    },

    forget(id) {
      tables.delete(nameOf(id));
    },

    inUse(workers, now) {
      const used = workers.flatMap(({ table }) => (table ? [table] : []));
      if (used.length === 0 || !newest) return;
      unknownPast = used.some((id) => !tables.has(nameOf(id)));
      // A worker only ever goes on to later tables, so those before the oldest in use are done with.
      const oldest = used.reduce((a, b) => (compareTables(a, b) <= 0 ? a : b));
      const waiting = workers.some(({ table }) => table === null);
      for (const one of left.values()) if (!waiting && compareTables(one.since, oldest) <= 0) one.goneAt ??= now;
      for (const [name, { id }] of tables) if (!waiting && compareTables(id, oldest) < 0) tables.delete(name);
    },

    routing(task, workers) {
      if (!workers) return { everywhere: false, somewhere: unknownPast || everRouted };
      const answers = workers.map(({ table }) => routes(task, table));
      const goneAt = left.get(task)?.goneAt;
      return {
        everywhere: answers.length > 0 && answers.every((answer) => answer === true),
        somewhere: answers.some((answer) => answer !== false) || workers.some(({ table }) => isAhead(task, table)),
        ...(goneAt !== undefined && { goneAt }),
      };
    },

    knows: (asker, workers) =>
      workers !== undefined &&
      workers.length > 0 &&
      workers.every(({ table }) => table !== null && tables.get(nameOf(table))?.askers.has(asker)),

    settled: (workers) =>
      newest !== undefined &&
      workers !== undefined &&
      workers.length > 0 &&
      workers.every(({ table }) => table !== null && newest !== undefined && nameOf(table) === nameOf(newest.id)),
  };
}

const nameOf = ({ cluster, term, revision }: TableId): string => `${term}/${revision}/${cluster}`;
