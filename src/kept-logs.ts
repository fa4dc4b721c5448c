import type { KeptLogs as NodeLogs } from './api/disk/survey.ts';
import type { LogKeeper } from './controllers/services/keep-logs.ts';
import { LOCAL_NODE } from './core/model/node.ts';
import type { LogLine, LogQuery } from './engine/engine.ts';
import type { Engines } from './engine/engines.ts';
import { createLogArchive, type LogArchive } from './node/log-archive.ts';
import type { Wire } from './tunnel/wire.ts';

/** Copies of the logs of all nodes' tasks, each on its own node. Each node prunes its own: `prune` is of the master's machine. */
export interface KeptLogs extends LogKeeper, NodeLogs, Pick<LogArchive, 'prune'> {
  read(task: Parameters<LogKeeper['read']>[0], query: LogQuery): AsyncIterable<LogLine>;
}

export interface KeptLogsOptions {
  /** For those of the master's own machine; made when first needed. */
  readonly dir: string;
  readonly clock: { now(): number };
  readonly engines: Pick<Engines, 'of'>;
  /** @throws OrcaError `unavailable` while there is none */
  readonly wire: (node: string) => Wire;
}

export function createKeptLogs({ dir, clock, engines, wire }: KeptLogsOptions): KeptLogs {
  const own = createLogArchive({ dir, clock });
  return {
    list: async (node) => (node === LOCAL_NODE ? own.list() : wire(node).listLogs()),
    remove: async (node, task) => (node === LOCAL_NODE ? own.remove(task) : wire(node).removeLog(task)),
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
  };
}
