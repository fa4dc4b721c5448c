import type { CommandChecks } from './command-checks.ts';
import type { IngressLink } from './ingress/link.ts';
import { createIngressSince } from './ingress-since.ts';
import type { Observer } from './observer.ts';
import type { World } from './world.ts';

/** The world as planners and status see it: the engine's part and the data plane's part, each as last observed. */
export const createWorld = (
  observer: Observer,
  link: IngressLink,
  checks: Pick<CommandChecks, 'health'>,
  clock: { now(): number },
): World => ({
  container: observer.container,
  lastSeen: observer.lastSeen,
  unread: observer.unread,
  containers: observer.containers,
  engineSince: observer.since,
  engineDown: observer.down,
  ingressSince: createIngressSince(link, clock),
  ingressLostSince: link.lostSince,
  health: link.health,
  checked: checks.health,
  stats: link.stats,
  workers: link.workers,
  routing: link.routing,
});
