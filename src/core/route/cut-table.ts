import { type OtherTasks, routedTasks, type Share, type Table } from './table.ts';

type Routes = Omit<Table, 'id' | 'names'>;

/**
 * What the data plane of one node is given: its own tasks, as addresses of tasks are those of their node's own networks, and may
 * be another task's on the next one. Of tasks elsewhere it is told how many are where.
 *
 * @param elsewhere the node of a task that is not here, if requests can be sent there
 */
export function cutTable<T extends Routes>(
  table: T,
  isThere: (task: string) => boolean,
  elsewhere: (task: string) => string | undefined = () => undefined,
): T {
  const isOwn = new Set(table.targets.map(({ task }) => task).filter(isThere));
  if (isOwn.size === table.targets.length && [...routedTasks(table)].every((task) => isOwn.has(task))) return table;
  const revisions = new Map(table.targets.map(({ task, revision }) => [task, revision]));
  const cut = (share: Share): Share => {
    const others = othersIn(
      share.targets.filter((task) => !isOwn.has(task)),
      (task) => ({ node: elsewhere(task), revision: revisions.get(task) }),
    );
    const targets = share.targets.filter((task) => isOwn.has(task));
    return { ...share, targets, ...(others.length > 0 && { others }) };
  };
  return {
    ...table,
    pools: table.pools.map((pool) => ({ ...pool, shares: pool.shares.map(cut) })),
    targets: table.targets.filter(({ task }) => isOwn.has(task)),
  };
}

interface Whereabouts {
  readonly node: string | undefined;
  readonly revision: number | undefined;
}

/** By node and revision. */
function othersIn(tasks: readonly string[], whereabouts: (task: string) => Whereabouts): readonly OtherTasks[] {
  const found = new Map<string, OtherTasks>();
  for (const task of tasks) {
    const { node, revision } = whereabouts(task);
    if (node === undefined || revision === undefined) continue;
    const key = `${node} ${revision}`;
    found.set(key, { node, revision, weight: (found.get(key)?.weight ?? 0) + 1 });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, other]) => other);
}
