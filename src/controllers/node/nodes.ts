import { OrcaError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import type { Observers } from '../observe-world.ts';
import type { Watching } from './observer.ts';
import type { NodeUpkeep } from './upkeep.ts';

/** All nodes that there is a way to, each looked after by itself. They begin and end as engines come and go. */
export interface Nodes {
  /** @throws OrcaError `unavailable` if there is no way to the node */
  of(node: string): NodeUpkeep;
  /** Undefined if there is no way to the node. */
  find(node: string): NodeUpkeep | undefined;
  readonly observers: Observers;
  readonly watching: Watching;
  /** Services, tasks or containers may have changed. */
  notice(): void;
  /** Why services may not reach each other; a sentence. */
  networkProblem(): string | undefined;
  /** Until the signal; resolves when all have ended. */
  run(signal: AbortSignal): Promise<void>;
}

export interface NodesOptions {
  readonly engines: Engines;
  readonly begin: (node: string, engine: Engine) => NodeUpkeep;
  /** A node has come or gone. */
  readonly onChange: (node: string) => void;
}

export function createNodes({ engines, begin, onChange }: NodesOptions): Nodes {
  const nodes = new Map<string, NodeUpkeep>();
  const running = new Set<Promise<void>>();
  const ends = new Map<string, AbortController>();
  let until: AbortSignal | undefined;

  const find: Nodes['find'] = (node) => nodes.get(node);
  const of = (node: string) => {
    const found = nodes.get(node);
    if (found) return found;
    throw new OrcaError('unavailable', `this server has no way to the node ${node}`);
  };

  const start = (node: string, upkeep: NodeUpkeep) => {
    if (!until || until.aborted) return;
    const ending = new AbortController();
    ends.set(node, ending);
    const run = upkeep.run(AbortSignal.any([until, ending.signal])).finally(() => running.delete(run));
    running.add(run);
  };

  const come = (node: string) => {
    const upkeep = begin(node, engines.of(node));
    nodes.set(node, upkeep);
    start(node, upkeep);
  };

  const go = (node: string) => {
    nodes.delete(node);
    ends.get(node)?.abort();
    ends.delete(node);
  };

  for (const node of engines.nodes()) come(node);
  engines.onChange((node) => {
    go(node);
    if (engines.nodes().includes(node)) come(node);
    onChange(node);
  });

  return {
    of,
    find,
    observers: {
      nodes: () => [...nodes.keys()],
      of: (node) => find(node)?.observer,
    },
    watching: {
      created: ({ id: name, node }, id, labels) => find(node)?.observer.created(name, id, labels),
      look: async ({ id, node }, isEnough) => of(node).observer.look(id, isEnough),
    },
    notice: () => {
      for (const { networks } of nodes.values()) networks.notice();
    },
    networkProblem: () =>
      nodes
        .values()
        .map(({ networks }) => networks.problem())
        .find((why) => why !== undefined),
    async run(signal) {
      until = signal;
      for (const [node, upkeep] of nodes) start(node, upkeep);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.all(running);
    },
  };
}
