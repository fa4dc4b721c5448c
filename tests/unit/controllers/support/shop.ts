import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { World } from '../../../../src/controllers/world.ts';
import type { Deployment } from '../../../../src/core/model/deployment.ts';
import type { Revision } from '../../../../src/core/model/revision.ts';
import type { Service } from '../../../../src/core/model/service.ts';
import type { Task } from '../../../../src/core/model/task.ts';
import { openStore } from '../../../../src/store/open.ts';
import { createState, type State } from '../../../../src/store/state.ts';
import { spec } from '../../core/rollout/spec.ts';

/** A real store of the test's own. */
export async function openState(t: TestContext): Promise<State> {
  const dir = await mkdtemp(join(tmpdir(), 'orca-controllers-'));
  const store = await openStore(`file:${join(dir, 'orca.db')}`);
  t.after(async () => {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  });
  return createState(store);
}

export const service = (wish: Partial<Service> = {}): Service => ({
  project: 'shop',
  name: 'web',
  revision: 1,
  stable: 1,
  replicas: 1,
  paused: false,
  removing: false,
  createdAt: 0,
  ...wish,
});

export const revision = (wish: Partial<Revision> = {}): Revision => ({
  project: 'shop',
  service: 'web',
  number: 1,
  spec: spec({ name: wish.service ?? 'web', domains: [`${wish.service ?? 'web'}.example.com`] }),
  image: { ref: 'acme/web:1', digest: 'sha256:1', pinned: 'acme/web@sha256:1' },
  hash: 'hash-1',
  createdAt: 0,
  ...wish,
});

export const deployment = (wish: Partial<Deployment> = {}): Deployment => ({
  id: 1,
  project: 'shop',
  service: 'web',
  to: 1,
  state: 'running',
  strategy: 'rolling',
  reason: '',
  startedAt: 0,
  ...wish,
});

export const task = (wish: Partial<Task> = {}): Task => ({
  id: 'web-1-a',
  project: 'shop',
  service: 'web',
  slot: 1,
  revision: 1,
  hash: 'hash-1',
  node: 'local',
  address: '10.208.0.2',
  attempt: 0,
  phase: 'run',
  routed: true,
  routedAt: 0,
  container: 'c-web-1-a',
  assignedAt: 0,
  reason: 'web.1 is wanted',
  ...wish,
});

/** In which nothing is there, but can be read. */
export const emptyWorld: World = {
  nodes: () => ['local'],
  container: () => undefined,
  lastSeen: () => undefined,
  unread: () => undefined,
  containers: () => [],
  engineSince: () => 0,
  engineBegan: () => undefined,
  candidate: () => ({ status: 'ready' }),
  dataPlane: () => undefined,
  engineDown: () => undefined,
  ingressSince: () => 0,
  ingressLostSince: () => undefined,
  health: () => undefined,
  checked: () => undefined,
  stats: () => undefined,
  workers: () => [],
  blocked: () => new Map(),
  routing: () => ({ everywhere: false, somewhere: false }),
};
