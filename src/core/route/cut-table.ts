import { routedTasks, type Table } from './table.ts';

type Routes = Omit<Table, 'id' | 'names'>;

/**
 * What the data plane of one node is given: its own tasks alone. Addresses of tasks are those of their node's own networks, and may
 * be another task's on the next one.
 */
export function cutTable<T extends Routes>(table: T, isThere: (task: string) => boolean): T {
  const isOwn = new Set(table.targets.map(({ task }) => task).filter(isThere));
  if (isOwn.size === table.targets.length && [...routedTasks(table)].every((task) => isOwn.has(task))) return table;
  return {
    ...table,
    pools: table.pools.map((pool) => ({
      ...pool,
      shares: pool.shares.map((share) => ({ ...share, targets: share.targets.filter((task) => isOwn.has(task)) })),
    })),
    targets: table.targets.filter(({ task }) => isOwn.has(task)),
  };
}
