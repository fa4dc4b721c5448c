import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import type { World } from '../../../src/controllers/world.ts';
import { engineTime, planeTime } from '../../../src/core/clock.ts';
import type { ContainerView } from '../../../src/core/model/container.ts';
import type { UnreadableRecord } from '../../../src/core/model/records/unreadable.ts';
import { openStore } from '../../../src/store/open.ts';
import { createState, type State } from '../../../src/store/state.ts';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures');

/** One for each version that was released, and one of each that will be. */
export const FOLDERS: readonly string[] = readdirSync(FIXTURES).filter((name) => name.startsWith('data-folder-'));

export const pathIn = (folder: string, file: string): string => join(FIXTURES, folder, file);

export const readJson = (folder: string, file: string): unknown =>
  JSON.parse(readFileSync(pathIn(folder, file), 'utf8'));

/** Its store, read by this version; a record that cannot be read fails the test that meets it. */
export async function openFolder(t: TestContext, folder: string): Promise<State> {
  const dir = mkdtempSync(join(tmpdir(), 'orca-old-'));
  copyFileSync(pathIn(folder, 'orca.db'), join(dir, 'orca.db'));
  const store = await openStore(`file:${join(dir, 'orca.db')}`);
  t.after(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });
  return createState(store, (error: UnreadableRecord) => {
    throw error;
  });
}

/** When its server stopped: no record in it is later. */
export async function endOf(state: State): Promise<number> {
  const times = [...(await state.tasks.list()), ...(await state.services.list())];
  return Math.max(...times.map(({ value }) => ('assignedAt' in value ? value.assignedAt : value.createdAt))) + 1_000;
}

/** As its engine showed it, each container where it was, ready and routed unless its task was not. */
export function worldOf(folder: string, routed: ReadonlySet<string>): World {
  const containers = (readJson(folder, 'containers.json') as readonly ContainerView[]).map((container) => ({
    ...container,
    startSeenAt: 0,
    stateSince: 0,
    check: undefined,
  }));
  const byName = new Map(containers.map((container) => [container.name, container]));
  return {
    nodes: () => ['local'],
    container: ({ id }) => byName.get(id),
    containers: () => containers,
    lastSeen: ({ id }) => byName.get(id),
    unread: () => undefined,
    engineSince: () => 0,
    engineBegan: () => undefined,
    candidate: () => ({ status: 'ready' }),
    dataPlane: () => undefined,
    engineDown: () => undefined,
    ingressSince: () => 0,
    ingressLostSince: () => undefined,
    checked: () => undefined,
    health: ({ id: task }) => {
      const { id, startedAt = engineTime(0) } = byName.get(task) ?? {};
      const ready = routed.has(task);
      if (id === undefined) return undefined;
      return {
        task,
        container: id,
        startedAt,
        ready,
        wasReady: ready,
        since: planeTime(0),
        heldSince: 0,
        passes: 2,
        misses: 0,
      };
    },
    stats: () => undefined,
    workers: () => [],
    blocked: () => new Map(),
    routing: ({ id }) => ({ everywhere: routed.has(id), somewhere: routed.has(id) }),
  };
}
