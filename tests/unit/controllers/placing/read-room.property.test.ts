import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRoomReader, type Room } from '../../../../src/controllers/placing/read-room.ts';
import { rememberRevisions } from '../../../../src/controllers/services/revisions.ts';
import type { Candidate } from '../../../../src/controllers/world.ts';
import type { Seat } from '../../../../src/core/schedule/seat.ts';
import type { Op } from '../../../../src/store/contract.ts';
import { mirrorStore } from '../../../../src/store/mirror/store.ts';
import { createState, READ_OFTEN, type State } from '../../../../src/store/state.ts';
import { spec } from '../../core/rollout/spec.ts';
import { putService } from '../../store/put-service.ts';
import { openState, revision, service, task } from '../support/shop.ts';

const NAMES = ['api', 'web'] as const;
const NODES = ['a', 'b'] as const;
const change = fc.record({
  name: fc.constantFrom(...NAMES),
  node: fc.constantFrom(...NODES),
  what: fc.constantFrom('assigned', 'ended', 'gone', 'deploying', 'calm', 'revision', 'volume', 'full', 'removed'),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** Names are told apart by what they reserve. */
const revisionOf = (name: string, number: number) =>
  revision({ service: name, number, spec: spec({ name, reserve: { memory: name.length * number, cpu: 0.5 } }) });

function opsOf(state: State, { name, node, what }: Change): readonly Op[] {
  const own = task({ id: `${name}-${node}`, service: name, node, slot: node === 'a' ? 1 : 2 });
  switch (what) {
    case 'assigned':
      return [state.tasks.put(own)];
    case 'ended':
      return [state.tasks.put({ ...own, phase: 'ended', end: { at: 1, wanted: false, reason: 'it ended' } })];
    case 'gone':
      return [state.tasks.remove(own)];
    case 'revision':
      return [
        state.revisions.put(revisionOf(name, 2)),
        ...putService(state, service({ name, revision: 2, replicas: 2 })),
        state.tasks.put({ ...own, revision: 2 }),
      ];
    case 'volume':
      return [state.volumes.put({ project: 'shop', name, node, state: 'ready', at: 0 })];
    case 'removed':
      return [...state.services.remove(service({ name })), state.tasks.remove(own)];
    case 'full':
      return [];
    default:
      return putService(state, service({ name, replicas: 2, ...(what === 'deploying' && { deployment: 1 }) }));
  }
}

const SEAT: Seat = { service: 'shop/web', slot: 9, node: '', reserve: { memory: 5 }, ports: [], pins: [] };

/** All that anybody can ask of it. */
const told = ({ cluster, ledger, services }: Room) => ({
  nodes: cluster.nodes,
  services,
  holdings: cluster.nodes.map((_, number) => ledger.holding(number)),
  standings: [...ledger.standings],
  of: NAMES.map((name) => [...ledger.ofService(`shop/${name}`)].sort()),
  slots: NAMES.flatMap((name) => [1, 2].map((slot) => ledger.ofSlot(`shop/${name}`, slot))),
  pinned: NAMES.map((name) => [...ledger.pinned(`shop/${name}`)]),
});

test('a room that is read again and again is the one that is read by who knows nothing, and what is added to one is in no other', async (t) => {
  const { store } = await openState(t);
  const state = createState(mirrorStore(store, READ_OFTEN));
  const clear = () =>
    state.store.txn({
      then: ['services/', 'outcomes/', 'tasks/', 'volumes/'].map((deletePrefix) => ({ deletePrefix })),
    });
  for (const id of NODES)
    await state.store.txn({ then: [state.nodes.put({ id, name: id, availability: 'active', ingress: true })] });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (all) => {
      await clear();
      const full = new Set<string>();
      const candidate = (node: string): Candidate => ({
        status: 'ready',
        capacity: { memory: full.has(node) ? 1 : 100, cpu: 2 },
        unreached: undefined,
      });
      const readRevision = rememberRevisions(state);
      const readerOf = () =>
        createRoomReader({
          state,
          world: { candidate },
          clock: { now: () => 1_000 },
          readSpec: async (one, number) => (await readRevision(one, number).catch(() => undefined))?.spec,
        });
      const read = readerOf();
      for (const name of NAMES)
        await state.store.txn({
          then: [state.revisions.put(revisionOf(name, 1)), ...putService(state, service({ name, replicas: 2 }))],
        });
      for (const one of all) {
        const ops = opsOf(state, one);
        if (ops.length > 0) await state.store.txn({ then: ops });
        else full.add(one.node);
        // The second time nothing has changed but what is put into the first one.
        for (const _ of [1, 2]) {
          const found = await read();
          assert.deepEqual(told(found), told(await readerOf()()));
          found.ledger.add({ ...SEAT, node: one.node });
          found.ledger.pin(one.node, 'shop/web');
        }
      }
    }),
    { numRuns: 20 },
  );
});
