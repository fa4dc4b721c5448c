import { lifeOf } from '../../core/nodes/liveness.ts';
import { readinessOf } from '../../core/nodes/readiness.ts';
import type { Place } from '../../core/rollout/observed.ts';
import type { Hearing } from '../homes/homes.ts';
import type { Links } from '../ingress/links.ts';
import type { Nodes } from '../node/nodes.ts';
import type { Candidate } from '../world.ts';

/** The nodes that there is a way to, and which of them take new tasks. */
export interface Candidates {
  /** Undefined for a node that there is no way to. @param node its id */
  of(node: string): Candidate | undefined;
  /** Those that take tasks. */
  ready(): readonly Place[];
}

export interface CandidatesOptions {
  readonly nodes: Pick<Nodes, 'find' | 'of' | 'observers'>;
  readonly links: Pick<Links, 'of' | 'connected'>;
  readonly hearing: Hearing;
  /** Ms on a clock that is never set. */
  readonly steady: () => number;
  /** False: no container was shown to run there yet. */
  readonly mayPlace: (node: string) => boolean;
  /** Id of the master's own machine. */
  readonly own: string;
}

export function createCandidates(options: CandidatesOptions): Candidates {
  const { nodes, links, hearing, steady, mayPlace, own } = options;
  const life = (node: string) =>
    node === own ? 'ready' : lifeOf({ now: steady(), since: hearing.since, lastHeard: hearing.lastHeard(node) });
  const of: Candidates['of'] = (node) => {
    const upkeep = nodes.find(node);
    if (!upkeep) return undefined;
    const seen = {
      life: life(node),
      engineDown: upkeep.observer.down(),
      isPrepared: upkeep.edge.ready(),
      isTried: mayPlace(node),
      ...(node !== own && { hasDataPlane: links.of(node)?.workers() !== undefined }),
    };
    return { ...readinessOf(seen), capacity: upkeep.capacity(), unreached: unreachedBy(links, node) };
  };
  return {
    of,
    ready: () =>
      nodes.observers
        .nodes()
        .filter((node) => of(node)?.status === 'ready')
        .map((id) => ({ id, name: nodes.of(id).edge.nodeName() })),
  };
}

/** What a data plane says that cannot send it requests. Its words are a stranger's: they are cut. */
function unreachedBy(links: Pick<Links, 'connected'>, node: string): string | undefined {
  const told = links.connected().flatMap((link) => link.relay()?.report?.unreached ?? []);
  return told.find((one) => one.node === node)?.error.slice(0, 200);
}
