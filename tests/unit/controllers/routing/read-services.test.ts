import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createServiceReader } from '../../../../src/controllers/routing/read-services.ts';
import { rememberRevisions } from '../../../../src/controllers/services/revisions.ts';
import { engineTime } from '../../../../src/core/clock.ts';
import { sameItems } from '../../../../src/core/makings.ts';
import type { ObservedContainer } from '../../../../src/core/model/container.ts';
import type { Health } from '../../../../src/core/rollout/observed.ts';
import type { Op } from '../../../../src/store/contract.ts';
import { mirrorStore } from '../../../../src/store/mirror/store.ts';
import { createState, READ_OFTEN, type State } from '../../../../src/store/state.ts';
import { until } from '../../../lab/until.ts';
import { putService } from '../../store/put-service.ts';
import { deployment, emptyWorld, openState, revision, service, task } from '../support/shop.ts';

const NAMES = ['api', 'web'] as const;
const change = fc.record({
  name: fc.constantFrom(...NAMES),
  what: fc.constantFrom('routed', 'ended', 'revision', 'deploying', 'calm', 'seen', 'unseen', 'checked', 'removed'),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** What is seen, apart from the store. */
interface Sights {
  readonly containers: Map<string, ObservedContainer>;
  readonly checked: Map<string, Health>;
}

const container = (id: string): ObservedContainer => ({
  id: `c-${id}`,
  name: id,
  labels: {},
  state: 'running',
  startedAt: engineTime(1),
  startSeenAt: 1,
  stateSince: 1,
  oomKilled: false,
  restarts: 0,
});

function opsOf(state: State, { name, what }: Change): readonly Op[] {
  const own = task({ id: `${name}-1`, service: name });
  switch (what) {
    case 'routed':
      return [state.tasks.put({ ...own, routed: false })];
    case 'ended':
      return [state.tasks.put({ ...own, phase: 'ended', routed: false })];
    case 'revision':
      return [
        state.revisions.put(revision({ service: name, number: 2, hash: 'hash-2' })),
        ...putService(state, service({ name, revision: 2 })),
        state.tasks.put({ ...own, revision: 2 }),
      ];
    case 'deploying':
      return [
        state.deployments.put(deployment({ service: name })),
        ...putService(state, service({ name, deployment: 1 })),
      ];
    case 'removed':
      return [...state.services.remove(service({ name })), state.tasks.remove(own)];
    default:
      return [
        state.revisions.put(revision({ service: name })),
        ...putService(state, service({ name })),
        state.tasks.put(own),
      ];
  }
}

function see({ containers, checked }: Sights, { name, what }: Change): void {
  const id = `${name}-1`;
  if (what === 'seen') containers.set(id, container(id));
  if (what === 'unseen') containers.delete(id);
  const ready = !checked.get(id)?.ready;
  if (what === 'checked')
    checked.set(id, { container: `c-${id}`, startedAt: engineTime(1), ready, heldSince: 0, misses: 0 });
}

test('a reader that remembers reads what one reads that knows nothing, and gives the same objects while nothing changes', async (t) => {
  const { store } = await openState(t);
  const state = createState(mirrorStore(store, READ_OFTEN));
  const clear = () =>
    state.store.txn({
      then: ['services/', 'outcomes/', 'tasks/', 'deployments/'].map((deletePrefix) => ({ deletePrefix })),
    });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (all) => {
      await clear();
      const sights: Sights = { containers: new Map(), checked: new Map() };
      const world = {
        ...emptyWorld,
        lastSeen: ({ id }: { id: string }) => sights.containers.get(id),
        // As it is told: a new object each time.
        checked: ({ id }: { id: string }) =>
          sights.checked.has(id) ? { ...(sights.checked.get(id) as Health) } : undefined,
      };
      const readerOf = () => createServiceReader({ state, world, readRevision: rememberRevisions(state) });
      const read = readerOf();
      for (const name of NAMES) await state.store.txn({ then: [...opsOf(state, { name, what: 'calm' })] });
      for (const one of all) {
        await state.store.txn({ then: [...opsOf(state, one)] });
        see(sights, one);
        const found = await read();
        assert.deepEqual(found, await readerOf()());
        // Records that are not in memory, as the mirror is late, are other objects each time.
        await until('nothing is made anew', async () => sameItems(await read(), await read()));
      }
    }),
    { numRuns: 30 },
  );
});
