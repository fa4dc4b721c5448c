import type { IngressLink } from './ingress/link.ts';
import { createIngressSince } from './ingress-since.ts';
import type { NodeChecks } from './node/checks.ts';
import type { Observer } from './node/observer.ts';
import type { World } from './world.ts';

/** Who looks at which node; nodes come and go. */
export interface Observers {
  nodes(): readonly string[];
  of(node: string): Observer | undefined;
}

/** The world as planners and status see it: the engines' part and the data plane's part, each as last observed. */
export const createWorld = (
  observers: Observers,
  link: IngressLink,
  checks: Pick<NodeChecks, 'health'>,
  clock: { now(): number },
): World => ({
  nodes: observers.nodes,
  container: ({ id, node }) => (observers.of(node) ?? NOBODY).container(id),
  lastSeen: ({ id, node }) => observers.of(node)?.lastSeen(id),
  unread: ({ id, node }) => observers.of(node)?.unread(id),
  containers: (node) => observers.of(node)?.containers(),
  engineSince: (node) => observers.of(node)?.since(),
  engineDown: (node) => (observers.of(node) ?? NOBODY).down(),
  ingressSince: createIngressSince(link, clock),
  ingressLostSince: link.lostSince,
  health: ({ id }) => link.health(id),
  checked: checks.health,
  stats: ({ id }) => link.stats(id),
  workers: link.workers,
  routing: ({ id }) => link.routing(id),
});

/** Who observes a node that is not known. */
const NOBODY: Pick<Observer, 'container' | 'down'> = {
  container: () => 'unknown',
  down: () => 'its node is not known',
};
