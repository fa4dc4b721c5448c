import type { ServiceRecords } from '../../../src/controllers/services/records.ts';
import type { World } from '../../../src/controllers/world.ts';
import { engineTime, planeTime } from '../../../src/core/clock.ts';
import type { ObservedContainer } from '../../../src/core/model/container.ts';
import type { Revision } from '../../../src/core/model/revision.ts';
import type { Service } from '../../../src/core/model/service.ts';
import type { Task } from '../../../src/core/model/task.ts';
import type { Means } from '../../../src/core/rollout/observed.ts';
import { allOn } from '../../../src/core/schedule/placing.ts';
import { spec } from '../../unit/core/rollout/spec.ts';
import { storedService } from '../../unit/store/put-service.ts';

export interface Wanted {
  readonly count: number;
  readonly replicas: number;
  /** `rolling`: every service is in the midst of a deployment, none of its new tasks is there yet. */
  readonly state: 'calm' | 'rolling';
  readonly now: number;
  /** That they are spread over; 20 unless given. */
  readonly projects?: number | undefined;
}

/** So many services as the store would hold them. */
export const manyServices = ({ count, replicas, state, now, projects = 20 }: Wanted): readonly ServiceRecords[] =>
  Array.from({ length: count }, (_, i) => {
    const place = { project: `project-${i % projects}`, name: `web-${i}` };
    const revisionOf = (number: number): Revision => ({
      project: place.project,
      service: place.name,
      number,
      spec: spec({ ...place, replicas, image: `acme/web:${number}`, domains: [`web-${i}.example.com`], env: ENV }),
      image: { ref: `acme/web:${number}`, digest: `sha256:${number}`, pinned: `acme/web@sha256:${number}` },
      hash: `hash-${i}-${number}`,
      createdAt: now - 86_400_000,
    });
    const deployed = { stable: 1, paused: false, removing: false, createdAt: now - 86_400_000 };
    const calm: Service = { ...place, revision: 1, replicas, ...deployed };
    const tasks = Array.from({ length: replicas }, (_, slot) =>
      stored(taskOf(calm, i * replicas + slot, slot + 1, now)),
    );
    if (state === 'calm') return { service: storedService(calm), target: revisionOf(1), tasks };
    const deployment = {
      id: i + 1,
      project: place.project,
      service: place.name,
      from: 1,
      to: 2,
      state: 'running' as const,
      strategy: 'rolling' as const,
      reason: 'it goes on',
      startedAt: now - 1_000,
    };
    const service = storedService({ ...calm, revision: 2, deployment: i + 1 });
    return { service, target: revisionOf(2), from: revisionOf(1), deployment: stored(deployment), tasks };
  });

const ENV = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`SETTING_${i}`, 'a value of common length']));

const stored = <T>(value: T) => ({ key: '', value, modRevision: 1 });

const taskOf = ({ project, name }: Service, index: number, slot: number, now: number): Task => ({
  id: `${name}-${slot}-abcdefgh`,
  project,
  service: name,
  slot,
  revision: 1,
  hash: `hash-${name.slice(4)}-1`,
  node: 'local',
  address: `10.208.${index >> 8}.${index & 255}`,
  attempt: 0,
  phase: 'run',
  routed: true,
  routedAt: now - 86_000_000,
  container: `container-${index}`,
  assignedAt: now - 86_400_000,
  reason: `${name}.${slot} is wanted`,
});

const LOCAL = { id: 'local', name: 'local' };

export const MEANS: Means = {
  images: new Map([['local', 'present']]),
  tableSettled: true,
  nodes: [LOCAL],
  place: allOn(LOCAL),
};

/** In which every task runs, is ready and is routed to. */
export function calmWorld(services: readonly ServiceRecords[], now: number): World {
  const tasks = services.flatMap((records) => records.tasks.map(({ value }) => value));
  const containers = new Map(tasks.map((task) => [task.id, containerOf(task, now)]));
  return {
    nodes: () => ['local'],
    container: ({ id }) => containers.get(id),
    lastSeen: ({ id }) => containers.get(id),
    unread: () => undefined,
    containers: () => [...containers.values()],
    engineSince: () => 0,
    engineBegan: () => undefined,
    candidate: () => ({ status: 'ready' }),
    dataPlane: () => undefined,
    engineDown: () => undefined,
    ingressSince: () => 0,
    ingressLostSince: () => undefined,
    checked: () => undefined,
    health: ({ id: task }) => {
      const { id = '', startedAt = engineTime(0) } = containers.get(task) ?? {};
      return {
        task,
        container: id,
        startedAt,
        ready: true,
        wasReady: true,
        since: planeTime(now),
        heldSince: now,
        passes: 2,
        misses: 0,
      };
    },
    stats: ({ id: task }) => ({ task, inflight: 0, streams: 0, requests: 100, errors: 0, failed: 0 }),
    workers: () => [],
    blocked: () => new Map(),
    routing: () => ({ everywhere: true, somewhere: true }),
  };
}

const containerOf = (task: Task, now: number): ObservedContainer => ({
  id: task.container ?? '',
  name: task.id,
  labels: {},
  state: 'running',
  startedAt: engineTime(now - 86_390_000),
  startSeenAt: now - 86_390_000,
  stateSince: now - 86_390_000,
  oomKilled: false,
  restarts: 0,
  address: task.address,
});
