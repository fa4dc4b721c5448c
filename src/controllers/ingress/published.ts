import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerStatus } from '../../core/route/protocol.ts';
import { compareTables, routedTasks, type Table, type TableId } from '../../core/route/table.ts';
import type { Routing } from '../world.ts';

/** The tables this master has published, remembered until no worker can be using them: what an acknowledgement means. */
export interface Published {
  add(table: Table): void;
  /** It was replaced before it was sent: nobody can come to use it. */
  forget(id: TableId): void;
  /** What the workers use, of a connected data plane. */
  inUse(workers: readonly WorkerStatus[]): void;
  /** `workers` is undefined while no data plane is connected. */
  routing(task: string, workers: readonly WorkerStatus[] | undefined): Routing;
  settled(workers: readonly WorkerStatus[] | undefined): boolean;
}

/** The tasks that a table routes to. */
type Routed = ReadonlySet<string>;

/** @param dir DIR: a table that a data plane keeps there was published by an earlier master */
export function createPublished({ dir }: { readonly dir: string }): Published {
  const tables = new Map<string, { readonly id: TableId; readonly routed: Routed }>();
  let newest: Table | undefined;
  /** Some data plane may route to anything, by a table that this master does not know. */
  let unknownPast = existsSync(join(dir, 'ingress', 'table.json'));
  let everRouted = false;

  const routes = (task: string, id: TableId | null): boolean | 'unknown' => {
    if (id === null) return unknownPast ? 'unknown' : false; // It may yet be given a table from disk.
    return tables.get(nameOf(id))?.routed.has(task) ?? 'unknown';
  };

  /** A table that was published after the one in use is on its way: it may be used for a moment before the newest is. */
  const isAhead = (task: string, used: TableId | null): boolean =>
    [...tables.values()].some(({ id, routed }) => (used === null || compareTables(id, used) > 0) && routed.has(task));

  return {
    add(table) {
      const routed = routedTasks(table);
      newest = table;
      everRouted ||= routed.size > 0;
      tables.set(nameOf(table.id), { id: table.id, routed });
    },

    forget(id) {
      tables.delete(nameOf(id));
    },

    inUse(workers) {
      const used = workers.flatMap(({ table }) => (table ? [table] : []));
      if (used.length === 0 || !newest) return;
      unknownPast = used.some((id) => !tables.has(nameOf(id)));
      // A worker only ever goes on to later tables, so those before the oldest in use are done with.
      const oldest = used.reduce((a, b) => (compareTables(a, b) <= 0 ? a : b));
      const waiting = workers.some(({ table }) => table === null);
      for (const [name, { id }] of tables) if (!waiting && compareTables(id, oldest) < 0) tables.delete(name);
    },

    routing(task, workers) {
      if (!workers) return { everywhere: false, somewhere: unknownPast || everRouted };
      const answers = workers.map(({ table }) => routes(task, table));
      return {
        everywhere: answers.length > 0 && answers.every((answer) => answer === true),
        somewhere: answers.some((answer) => answer !== false) || workers.some(({ table }) => isAhead(task, table)),
      };
    },

    settled: (workers) =>
      newest !== undefined &&
      workers !== undefined &&
      workers.length > 0 &&
      workers.every(({ table }) => table !== null && newest !== undefined && nameOf(table) === nameOf(newest.id)),
  };
}

const nameOf = ({ cluster, term, revision }: TableId): string => `${term}/${revision}/${cluster}`;
