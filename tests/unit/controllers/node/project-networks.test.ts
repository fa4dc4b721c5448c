import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createCommit } from '../../../../src/controllers/commit.ts';
import { createNeighbourReader } from '../../../../src/controllers/neighbours.ts';
import { createProjectNetworks } from '../../../../src/controllers/node/project-networks.ts';
import { createTasksOn } from '../../../../src/controllers/node/tasks-on.ts';
import { rememberRevisions } from '../../../../src/controllers/services/revisions.ts';
import { createTurns } from '../../../../src/controllers/turns.ts';
import { engineTime } from '../../../../src/core/clock.ts';
import type { ObservedContainer } from '../../../../src/core/model/container.ts';
import type { Internal } from '../../../../src/core/names/networks.ts';
import type { State } from '../../../../src/store/state.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';
import { until } from '../../../lab/until.ts';
import { spec } from '../../core/rollout/spec.ts';
import { putService } from '../../store/put-service.ts';
import { scriptedEngine } from '../support/engine.ts';
import { emptyWorld, openState, revision, service, task } from '../support/shop.ts';

const PAIR = 'orca-c1.shop.billing';
const PLACES = [
  ['shop', 'web'],
  ['billing', 'api'],
] as const;

const putSpec = (state: State, project: string, name: string, internal?: Internal) =>
  state.revisions.put({ ...revision({ service: name, spec: spec({ project, name, internal }) }), project });

/** `shop/web`, which grants `billing`, and `billing/api`: a running task each. */
async function begin(t: TestContext, rule?: Parameters<typeof scriptedEngine>[0]) {
  const state = await openState(t);
  const edge = { network: 'edge', subnet: '10.208.0.0/20', gateway: '10.208.0.1' };
  const records = PLACES.flatMap(([project, name], i) => [
    ...putService(state, service({ project, name })),
    putSpec(state, project, name, name === 'web' ? ['billing'] : undefined),
    state.tasks.put(task({ id: `${name}-1`, project, service: name, address: `10.208.0.${i + 2}` })),
  ]);
  const term = state.cluster.put({ name: 'term', number: 1 });
  await state.store.txn({
    then: [term, state.nodes.put({ id: 'local', name: 'local', availability: 'active', edge }), ...records],
  });
  const { engine, boxes, calls } = scriptedEngine(rule);
  for (const [project, name] of PLACES)
    boxes.set(`${name}-1`, {
      id: `c-${name}-1`,
      name: `${name}-1`,
      labels: { 'orca.project': project, 'orca.service': name },
      state: 'running',
      startedAt: engineTime(1),
      oomKilled: false,
      restarts: 0,
    });
  const seen = (): ObservedContainer[] =>
    [...boxes.values()].map(({ check: _, ...box }) => ({ ...box, stateSince: 1, startSeenAt: 1 }));
  let passes = 0;
  const world = {
    ...emptyWorld,
    containers: () => {
      passes += 1;
      return seen();
    },
    lastSeen: ({ id }: { id: string }) => seen().find(({ name }) => name === id),
  };
  /** A master's life. */
  const live = () => {
    const networks = createProjectNetworks({
      state,
      node: 'local',
      engine,
      commit: createCommit(state, 1),
      world,
      observer: { look: async (id) => world.lastSeen({ id }) },
      neighbours: createNeighbourReader(state, rememberRevisions(state)),
      tasksOn: createTasksOn(state),
      cluster: 'c1',
      giving: createTurns(),
      clock: { now: () => 0 },
      log: createLogger({ level: 'silent' }),
    });
    const ending = new AbortController();
    const run = networks.run(ending.signal);
    return {
      /** What it writes and sees is news for it, as the store's watch and the observer tell it. */
      until: (what: string, isSo: () => boolean) =>
        until(what, () => {
          networks.notice();
          return isSo();
        }),
      end: async () => {
        ending.abort();
        await run;
      },
    };
  };
  const grant = (internal?: Internal) => state.store.txn({ then: [putSpec(state, 'shop', 'web', internal)] });
  const addresses = async () =>
    (await state.tasks.list()).map(({ value }) => Object.keys(value.networks ?? {}).join()).join(' ');
  const isOn = (name: string) => boxes.get(name)?.networks?.[PAIR] !== undefined;
  return { state, calls, live, grant, addresses, isOn, passes: () => passes };
}

test('both ends of a grant are connected, and both cut off once it is gone; then the network goes, and nothing is connected again', async (t) => {
  const lab = await begin(t);
  const first = lab.live();
  await first.until('both to be connected', () => lab.isOn('web-1') && lab.isOn('api-1'));
  assert.equal(await lab.addresses(), 'shop.billing shop.billing');
  await first.end();
  await lab.grant();
  const second = lab.live();
  await second.until('the network to go', () => lab.calls.includes(`remove network ${PAIR}`));
  assert.ok(!lab.isOn('web-1') && !lab.isOn('api-1'));
  assert.equal(await lab.addresses(), ' ');
  const [{ length }, before] = [lab.calls, lab.passes()];
  await second.until('another pass', () => lab.passes() > before);
  await second.end();
  assert.deepEqual(lab.calls.slice(length), []);
});

test('a master that dies between any two calls of a revocation leaves it to the next one', async (t) => {
  for (const at of [1, 2]) {
    let left = Number.POSITIVE_INFINITY;
    const lab = await begin(t, (call) => {
      if (call !== 'disconnect') return;
      left -= 1;
      if (left < 0) throw new Error('killed');
    });
    const first = lab.live();
    await first.until('both to be connected', () => lab.isOn('web-1') && lab.isOn('api-1'));
    await first.end();
    await lab.grant();
    left = at - 1;
    const killed = lab.live();
    await killed.until('it to fail', () => left < 0);
    await killed.end();
    left = Number.POSITIVE_INFINITY;
    const next = lab.live();
    await next.until('the network to go', () => lab.calls.includes(`remove network ${PAIR}`));
    assert.equal(await lab.addresses(), ' ', `killed at call ${at}`);
    await next.end();
  }
});

test('a service that is being removed, or whose revision cannot be read, cuts nobody off', async (t) => {
  const lab = await begin(t);
  const first = lab.live();
  await first.until('both to be connected', () => lab.isOn('web-1') && lab.isOn('api-1'));
  await first.end();
  const stored = await lab.state.services.get('shop', 'web');
  assert.ok(stored);
  for (const wish of [{ removing: true }, { revision: 7 }]) {
    await lab.state.store.txn({ then: putService(lab.state, service({ ...stored.value, ...wish })) });
    const [before, { length }] = [lab.passes(), lab.calls];
    const next = lab.live();
    await next.until('a pass', () => lab.passes() > before);
    await next.end();
    assert.equal(lab.calls.length, length);
    assert.ok(lab.isOn('web-1') && lab.isOn('api-1'), JSON.stringify(wish));
  }
});
