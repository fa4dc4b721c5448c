import type { CommandChecks } from './command-checks.ts';
import type { IngressLink } from './ingress/link.ts';
import { createIngressSince } from './ingress-since.ts';
import type { Observer } from './observer.ts';
import type { World } from './world.ts';

/** The world as planners and status see it: the engines' part and the data plane's part, each as last observed. */
export const createWorld = (
  observers: ReadonlyMap<string, Observer>,
  link: IngressLink,
  checks: Pick<CommandChecks, 'health'>,
  clock: { now(): number },
): World => ({
  nodes: () => [...observers.keys()],
  container: ({ id, node }) => (observers.get(node) ?? NOBODY).container(id),
  lastSeen: ({ id, node }) => observers.get(node)?.lastSeen(id),
  unread: ({ id, node }) => observers.get(node)?.unread(id),
  containers: (node) => observers.get(node)?.containers(),
  engineSince: (node) => observers.get(node)?.since(),
  engineDown: (node) => (observers.get(node) ?? NOBODY).down(),
  ingressSince: createIngressSince(link, clock),
  ingressLostSince: link.lostSince,
  health: ({ id }) => link.health(id),
  checked: ({ id }) => checks.health(id),
  stats: ({ id }) => link.stats(id),
  workers: link.workers,
  routing: ({ id }) => link.routing(id),
});

/** Who observes a node that is not known. */
const NOBODY: Pick<Observer, 'container' | 'down'> = {
  container: () => 'unknown',
  down: () => 'its node is not known',
};
