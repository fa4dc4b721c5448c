import type { IngressLink } from './ingress/link.ts';
import type { Links } from './ingress/links.ts';
import { createIngressSince } from './ingress-since.ts';
import type { NodeChecks } from './node/checks.ts';
import type { Observer } from './node/observer.ts';
import type { PlaneSeen, World } from './world.ts';

/** Who looks at which node; nodes come and go. */
export interface Observers {
  nodes(): readonly string[];
  of(node: string): Observer | undefined;
}

/** The world as planners and status see it: the engines' part and the data plane's part, each as last observed. */
export const createWorld = (
  observers: Observers,
  links: Links,
  checks: Pick<NodeChecks, 'health'>,
  { candidate, blocked }: Pick<World, 'candidate' | 'blocked'>,
  clock: { now(): number },
): World => ({
  nodes: observers.nodes,
  container: ({ id, node }) => (observers.of(node) ?? NOBODY).container(id),
  lastSeen: ({ id, node }) => observers.of(node)?.lastSeen(id),
  unread: ({ id, node }) => observers.of(node)?.unread(id),
  containers: (node) => observers.of(node)?.containers(),
  engineSince: (node) => observers.of(node)?.since(),
  engineBegan: (node) => observers.of(node)?.began(),
  candidate,
  blocked,
  dataPlane: (node) => planeOf(links.of(node)),
  engineDown: (node) => (observers.of(node) ?? NOBODY).down(),
  ingressSince: createIngressSince(links.connected, clock),
  ingressLostSince: (task) => (task ? links.lostSinceFor(task) : links.lostSince()),
  health: links.health,
  checked: checks.health,
  stats: links.stats,
  workers: links.workers,
  routing: links.routing,
});

function planeOf(link: IngressLink | undefined): PlaneSeen | undefined {
  if (!link) return undefined;
  const now = link.connected();
  const lacks = link.lacks();
  return {
    connected: now !== undefined,
    version: now?.version,
    problems: [...told(link.refused()), ...told(lacks && `it runs without ${lacks}`)],
  };
}

const told = (sentence: string | undefined): readonly string[] => (sentence === undefined ? [] : [sentence]);

/** Who observes a node that is not known. */
const NOBODY: Pick<Observer, 'container' | 'down'> = {
  container: () => 'unknown',
  down: () => 'its node is not known',
};
