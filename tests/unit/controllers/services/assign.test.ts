import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createCommit } from '../../../../src/controllers/commit.ts';
import { createAssigner } from '../../../../src/controllers/services/assign.ts';
import { createTurns } from '../../../../src/controllers/turns.ts';
import type { Placed, World } from '../../../../src/controllers/world.ts';
import type { NodeNetwork } from '../../../../src/core/model/node.ts';
import type { Service } from '../../../../src/core/model/service.ts';
import { putService } from '../../store/put-service.ts';
import { emptyWorld, openState, revision, service, task } from '../support/shop.ts';

const stepsFor = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    kind: 'assign' as const,
    slot: i + 1,
    revision: 1,
    attempt: 0,
    node: 'local',
    deployment: 4,
    reason: 'it is wanted',
  }));

type Networks = ReadonlyMap<string, NodeNetwork>;

async function begin(
  t: TestContext,
  wish: Partial<Service> = {},
  world: World = emptyWorld,
  networks: Networks = new Map(),
) {
  const state = await openState(t);
  const edge = { network: 'edge', subnet: '10.208.0.0/20', gateway: '10.208.0.1' };
  await state.store.txn({
    then: [
      state.cluster.put({ name: 'term', number: 1 }),
      state.nodes.put({ id: 'local', name: 'local', availability: 'active', edge }),
      ...putService(state, service(wish)),
    ],
  });
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id${ids}`;
  };
  const assigner = createAssigner({
    state,
    commit: createCommit(state, 1),
    world,
    networks: async () => networks,
    giving: createTurns(),
    clock: { now: () => 7 },
    readRevision: async () => revision(),
    newId,
  });
  const { project, service: name } = revision();
  return { state, assign: (count: number) => assigner.assign('local', stepsFor(count), { project, name }) };
}

const addressesIn = async ({ state }: Awaited<ReturnType<typeof begin>>) =>
  (await state.tasks.list()).filter(({ value }) => value.phase === 'run').map(({ value }) => value.address);

test('more replicas than fit into one transaction are all assigned, each with an address of its own', async (t) => {
  const lab = await begin(t);
  await lab.assign(150);
  assert.equal(new Set(await addressesIn(lab)).size, 150);
  assert.ok(
    (await lab.state.tasks.list()).every(({ value }) => value.deployment === 4),
    'each tells whose it is',
  );
});

test('nothing is assigned to a service that goes, is gone, or wants another revision', async (t) => {
  for (const wish of [{ removing: true }, { revision: 2 }, { name: 'other' }]) {
    const lab = await begin(t, wish);
    await assert.rejects(lab.assign(1), { code: 'conflict' });
    assert.deepEqual(await addressesIn(lab), []);
  }
});

test('an address is not given twice: not that of a container no task accounts for, nor that of a worker that still routes', async (t) => {
  const stray = {
    id: 'c',
    name: 'stray',
    labels: {},
    state: 'running' as const,
    oomKilled: false,
    restarts: 0,
    stateSince: 0,
  };
  const routing = ({ id }: Placed) => ({ everywhere: false, somewhere: id === 'routed' });
  const lab = await begin(t, {}, { ...emptyWorld, routing, containers: () => [{ ...stray, address: '10.208.0.2' }] });
  await lab.state.store.txn({
    then: [lab.state.tasks.put(task({ id: 'routed', phase: 'ended', address: '10.208.0.3' }))],
  });
  await lab.assign(1);
  assert.deepEqual(await addressesIn(lab), ['10.208.0.4']);
});

test('the address of a task that has ended rests, as what made it fail may still be there', async (t) => {
  const lab = await begin(t);
  await lab.state.store.txn({ then: [lab.state.tasks.put(task({ id: 'gone', phase: 'ended' }))] });
  await lab.assign(1);
  assert.deepEqual(await addressesIn(lab), ['10.208.0.3']);
});
