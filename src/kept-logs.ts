import type { LogKeeper } from './controllers/services/keep-logs.ts';
import { LOCAL_NODE } from './core/model/node.ts';
import type { LogLine, LogQuery } from './engine/engine.ts';
import type { Engines } from './engine/engines.ts';
import type { LogArchive } from './node/log-archive.ts';
import type { Wire } from './tunnel/wire.ts';

/** Copies of the logs of all nodes' tasks, each on its own node. `list`, `remove` and `prune` are of the master's own machine. */
export interface KeptLogs extends LogKeeper, Pick<LogArchive, 'list' | 'remove' | 'prune'> {
  read(task: Parameters<LogKeeper['read']>[0], query: LogQuery): AsyncIterable<LogLine>;
}

export interface KeptLogsOptions {
  /** Of the master's own machine. */
  readonly own: LogArchive;
  readonly engines: Pick<Engines, 'of'>;
  /** @throws OrcaError `unavailable` while there is none */
  readonly wire: (node: string) => Wire;
}

export const createKeptLogs = ({ own, engines, wire }: KeptLogsOptions): KeptLogs => ({
  list: own.list,
  remove: own.remove,
  prune: own.prune,
  keep: async ({ id, node }, tail) =>
    node === LOCAL_NODE ? own.keep(id, engines.of(node).logs(id, { tail })) : wire(node).keepLog({ task: id, tail }),
  async *read({ id, node }, { tail, since, signal }) {
    yield* node === LOCAL_NODE
      ? own.read(id, { tail, since, signal })
      : wire(node).readLog(
          { task: id, ...(tail !== undefined && { tail }), ...(since !== undefined && { since }) },
          signal,
        );
  },
});
