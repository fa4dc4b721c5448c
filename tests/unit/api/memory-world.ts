import type { World } from '../../../src/controllers/world.ts';
import { engineTime, planeTime } from '../../../src/core/clock.ts';
import type { ObservedContainer } from '../../../src/core/model/container.ts';
import type { Task } from '../../../src/core/model/task.ts';
import type { ObservedHealth } from '../../../src/core/rollout/observed.ts';

/** A world that is what the test says it is. */
export interface MemoryWorld extends World {
  readonly running: Map<string, ObservedContainer>;
  /** Containers that the engine does not tell of, and why. */
  readonly unreadable: Map<string, string>;
  readonly healths: Map<string, ObservedHealth>;
  readonly routed: Set<string>;
  /** What keeps slots of a service from getting on, by its key. */
  readonly blockedSlots: Map<string, ReadonlyMap<number, string>>;
  down: string | undefined;
  /** Since when the engine is read, when it is. */
  readSince: number;
  ingress: boolean;
  /** The task runs, is ready and is routed everywhere. */
  serve(task: Task): void;
}

export const containerOf = (task: Task, rest: Partial<ObservedContainer> = {}): ObservedContainer => ({
  id: `c-${task.id}`,
  name: task.id,
  labels: { 'orca.project': task.project, 'orca.service': task.service },
  state: 'running',
  startedAt: engineTime(1000),
  startSeenAt: 1000,
  stateSince: 1000,
  oomKilled: false,
  restarts: 0,
  ...rest,
});

export function createMemoryWorld(): MemoryWorld {
  const world: MemoryWorld = {
    running: new Map(),
    unreadable: new Map(),
    healths: new Map(),
    routed: new Set(),
    blockedSlots: new Map(),
    down: undefined,
    readSince: 0,
    ingress: true,
    serve(task) {
      const container = containerOf(task);
      world.running.set(task.id, container);
      world.routed.add(task.id);
      world.healths.set(task.id, {
        task: task.id,
        container: container.id,
        startedAt: engineTime(1000),
        ready: true,
        since: planeTime(1100),
        heldSince: 1100,
        passes: 2,
        misses: 0,
      });
    },
    nodes: () => ['local'],
    container: ({ id }) => (world.down === undefined && !world.unreadable.has(id) ? world.running.get(id) : 'unknown'),
    lastSeen: ({ id }) => world.running.get(id),
    unread: ({ id }) => world.unreadable.get(id),
    containers: () => (world.down === undefined ? [...world.running.values()] : undefined),
    engineSince: () => (world.down === undefined ? world.readSince : undefined),
    engineBegan: () => undefined,
    candidate: (node) => (node === 'local' ? { status: 'ready' } : undefined),
    dataPlane: () => undefined,
    engineDown: () => world.down,
    health: ({ id }) => world.healths.get(id),
    checked: () => undefined,
    stats: () => undefined,
    ingressSince: () => (world.ingress ? 0 : undefined),
    ingressLostSince: () => (world.ingress ? undefined : 0),
    workers: () => (world.ingress ? [] : undefined),
    blocked: (service) => world.blockedSlots.get(service) ?? new Map(),
    routing: ({ id }) => ({ everywhere: world.routed.has(id), somewhere: world.routed.has(id) }),
  };
  return world;
}
