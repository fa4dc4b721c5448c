import type { Node } from '../../core/model/node.ts';
import type { NodeLife } from '../../core/nodes/liveness.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Commit } from '../commit.ts';
import type { NodeSight } from './sights.ts';

/** Writes into the decision log when a node goes down, and when it is back. A short silence is no news. */
export interface News {
  of(node: Node, sight: NodeSight): Promise<void>;
  forget(id: string): void;
}

export function createNews(state: State, commit: Commit, clock: { now(): number }, log: Log): News {
  const told = new Map<string, NodeLife>();

  const tell = async ({ name }: Node, from: NodeLife, to: NodeLife, reason: string) => {
    log.warn({ node: name, from, to }, `the node ${name} is ${to}: ${reason}`);
    await commit([], [state.event({ kind: 'node', at: clock.now(), name, from, to, reason })]);
  };

  return {
    async of(node, { life, reason }) {
      const before = told.get(node.id);
      if (life === 'suspect' || life === before) return;
      if (life === 'down') await tell(node, before ?? 'suspect', life, reason ?? 'nothing is heard of it');
      else if (before === 'down') await tell(node, before, life, 'it is connected again');
      told.set(node.id, life);
    },
    forget: (id) => void told.delete(id),
  };
}
