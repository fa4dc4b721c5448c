import type { Health } from '../../core/rollout/observed.ts';
import type { CommandCheck } from '../../core/route/command-checks.ts';
import type { CommandChecks } from '../command-checks.ts';
import type { Placed } from '../world.ts';

/** Health commands on all nodes, each with places of its own: those of one that is slow hold up no other's. */
export interface NodeChecks {
  /** All that are to be run from now on. */
  watch(checks: readonly CommandCheck[]): void;
  /** Undefined while nothing is known. */
  health(task: Placed): Health | undefined;
  stop(): void;
}

export function createNodeChecks(begin: () => CommandChecks): NodeChecks {
  const byNode = new Map<string, CommandChecks>();

  return {
    watch(checks) {
      const wanted = Map.groupBy(checks, ({ node }) => node);
      for (const node of wanted.keys()) if (!byNode.has(node)) byNode.set(node, begin());
      for (const [node, running] of byNode) running.watch(wanted.get(node) ?? []);
    },
    health: ({ id, node }) => byNode.get(node)?.health(id),
    stop: () => {
      for (const running of byNode.values()) running.stop();
    },
  };
}
