import { lifeOf } from '../../core/nodes/liveness.ts';
import { readinessOf } from '../../core/nodes/readiness.ts';
import type { ToldUnreached } from '../../core/nodes/relay-state.ts';
import type { Place } from '../../core/rollout/observed.ts';
import type { Hearing } from '../homes/homes.ts';
import type { Links } from '../ingress/links.ts';
import type { Nodes } from '../node/nodes.ts';
import type { Doors } from '../relay/doors.ts';
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
  readonly links: Pick<Links, 'of' | 'nodes'>;
  readonly doors?: Pick<Doors, 'problem'> | undefined;
  readonly hearing: Hearing;
  /** Ms on a clock that is never set. */
  readonly steady: () => number;
  /** False: no container was shown to run there yet. */
  readonly mayPlace: (node: string) => boolean;
  /** Id of the master's own machine. */
  readonly own: string;
}

export function createCandidates(options: CandidatesOptions): Candidates {
  const { nodes, links, doors, hearing, steady, mayPlace, own } = options;
  const life = (node: string) =>
    node === own ? 'ready' : lifeOf({ now: steady(), since: hearing.since, lastHeard: hearing.lastHeard(node) });
  /** By whom, as each says. What is known of the way through its agent is known better here. */
  const unreached = (node: string): readonly ToldUnreached[] =>
    links.nodes().flatMap((from) => {
      const told = links
        .of(from)
        ?.relay()
        ?.report?.unreached.find((one) => one.node === node);
      if (!told) return [];
      const { error, through } = told;
      const why = through?.error === undefined ? undefined : cut(doors?.problem(node) ?? through.error);
      return [{ from, error: cut(error), ...(through && { through: why === undefined ? {} : { error: why } }) }];
    });
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
    return { ...readinessOf(seen), capacity: upkeep.capacity(), unreached: unreached(node) };
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

/** A data plane's words are a stranger's. */
const cut = (words: string): string => words.slice(0, 200);
