import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Tables } from '../../../src/controllers/ingress/links.ts';
import { createRoutes } from '../../../src/controllers/routes.ts';
import type { Placed, World } from '../../../src/controllers/world.ts';
import { engineTime, planeTime } from '../../../src/core/clock.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import type { Table } from '../../../src/core/route/table.ts';
import { createState, type State } from '../../../src/store/state.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { putService } from '../store/put-service.ts';
import { emptyWorld, openState, revision, service, task } from './support/shop.ts';

const running = ({ id }: Placed) => ({
  id: `c-${id}`,
  name: id,
  labels: {},
  state: 'running' as const,
  startedAt: engineTime(1),
  startSeenAt: 1,
  stateSince: 1,
  oomKilled: false,
  restarts: 0,
});
const world: World = { ...emptyWorld, container: running, lastSeen: running };

const routesOf = (state: State, of: World = world, limit?: number) => {
  const tables: Table[] = [];
  const logged: string[] = [];
  const log = createLogger({ level: 'error', destination: { write: (line) => logged.push(line) } });
  const publish = ({ of }: Tables) => void tables.push(of('local'));
  const clock = { now: () => 10_000 };
  const inUse = () => true;
  const routes = createRoutes({
    state,
    world: of,
    own: 'local',
    nodes: () => ['local'],
    cluster: 'c',
    term: 1,
    clock,
    publish,
    inUse,
    limit,
    log,
  });
  return { ...routes, tables, logged };
};

const shopOf = (state: State, name: string) => [
  ...putService(state, service({ name })),
  state.revisions.put(revision({ service: name })),
  state.tasks.put(task({ id: `${name}-1`, service: name })),
];

async function begin(t: TestContext, ...names: readonly string[]) {
  const state = await openState(t);
  for (let at = 0; at < names.length; at += 30)
    await state.store.txn({ then: names.slice(at, at + 30).flatMap((name) => shopOf(state, name)) });
  return state;
}

const targetsIn = (table: Table | undefined) =>
  table?.routes.map(({ host, pool }) => [host, table.pools.find(({ name }) => name === pool)?.shares[0]?.targets]);

test('a store that cannot be written can still be routed by', async (t) => {
  const state = await begin(t, 'web');
  const status = () => Promise.reject(new OrcaError('unavailable', 'the disk is full'));
  const { refresh, tables } = routesOf({ ...state, store: { ...state.store, status } });
  await refresh();
  assert.deepEqual(targetsIn(tables.at(-1)), [['web.example.com', ['web-1']]]);
});

test('a damaged record of one service keeps its routes as they were, and leaves those of the others alone', async (t) => {
  const state = await begin(t, 'api', 'web');
  const { refresh, tables } = routesOf(state);
  await refresh();
  const broken = { ...task({ id: 'web-1', service: 'web' }), revision: 9 };
  const next = task({ id: 'api-2', service: 'api', slot: 2 });
  await state.store.txn({ then: [state.tasks.put(broken), state.tasks.put(next)] });
  await refresh();
  assert.deepEqual(targetsIn(tables.at(-1)), [
    ['api.example.com', ['api-1', 'api-2']],
    ['web.example.com', ['web-1']],
  ]);
});

test('records that cannot be read keep the routes of their service as they were, and of no other', async (t) => {
  const state = await begin(t, 'api', 'blog', 'shop', 'web');
  const { refresh, tables } = routesOf(state);
  await refresh();
  const before = targetsIn(tables.at(-1));
  const damaged = [state.tasks.key('shop', 'web', 'web-1'), state.services.key('shop', 'shop'), 'outcomes/shop/blog'];
  const next = task({ id: 'api-2', service: 'api', slot: 2 });
  await state.store.txn({
    then: [...damaged.map((key) => ({ put: key, value: '{"v":1}' })), state.tasks.put(next)],
  });
  await refresh();
  assert.deepEqual(targetsIn(tables.at(-1)), [['api.example.com', ['api-1', 'api-2']], ...(before ?? []).slice(1)]);
});

test('it is settled for what was written before it was made, and not for what came after', async (t) => {
  const state = await begin(t, 'web');
  const { refresh, settled } = routesOf(state);
  await refresh();
  const before = (await state.services.get('shop', 'web'))?.modRevision ?? 0;
  assert.ok(settled(before));
  await state.store.txn({ then: [...putService(state, service({ replicas: 2 }))] });
  assert.ok(!settled((await state.services.get('shop', 'web'))?.modRevision ?? 0));
});

test('many services take few reads', async (t) => {
  const names = Array.from({ length: 300 }, (_, i) => `web-${i}`);
  const state = await begin(t, ...names);
  let reads = 0;
  const { store } = state;
  const get: typeof store.get = (key) => {
    reads += 1;
    return store.get(key);
  };
  const range: typeof store.range = (query) => {
    reads += 1;
    return store.range(query);
  };
  const { refresh, tables } = routesOf(createState({ ...store, get, range }));
  await refresh();
  assert.equal(tables.at(-1)?.routes.length, 300);
  reads = 0;
  await refresh();
  assert.ok(reads < 10, `${reads} reads`);
});

test('a service that was purged and made anew is routed by its new revision, though the number is the same', async (t) => {
  const state = await begin(t, 'web');
  const { refresh, tables } = routesOf(state);
  await refresh();
  const spec = { ...revision({ service: 'web' }).spec, domains: ['new.example.com'] };
  const anew = [...putService(state, service({ createdAt: 1 })), state.revisions.put({ ...revision({}), spec })];
  await state.store.txn({ then: anew });
  await refresh();
  assert.deepEqual(targetsIn(tables.at(-1)), [['new.example.com', ['web-1']]]);
});

test('a container that cannot be read stays routed as it was seen last, and one that is seen not to run does not', async (t) => {
  const state = await begin(t, 'web');
  const seen = { ...running({ id: 'web-1', node: 'local' }) };
  const stuck = (wish: Partial<World>) => routesOf(state, { ...world, container: () => 'unknown', ...wish });
  const kept = stuck({ lastSeen: () => seen });
  await kept.refresh();
  assert.deepEqual(targetsIn(kept.tables.at(-1)), [['web.example.com', ['web-1']]]);
  const ended = stuck({ lastSeen: () => ({ ...seen, state: 'exited' }) });
  await ended.refresh();
  assert.deepEqual(targetsIn(ended.tables.at(-1)), [['web.example.com', []]]);
});

test('a new master routes a container that it cannot read with the start that the data plane knows', async (t) => {
  const state = await begin(t, 'web');
  const { startedAt, ...listed } = running({ id: 'web-1', node: 'local' });
  const known = {
    task: 'web-1',
    container: listed.id,
    startedAt,
    ready: true,
    since: planeTime(1),
    heldSince: 1,
    passes: 2,
    misses: 0,
  };
  for (const [health, targets] of [
    [known, ['web-1']],
    [{ ...known, container: 'another' }, []],
  ] as const) {
    const { refresh, tables } = routesOf(state, {
      ...world,
      container: () => 'unknown',
      lastSeen: () => listed,
      health: () => health,
    });
    await refresh();
    assert.deepEqual(targetsIn(tables.at(-1)), [['web.example.com', targets]]);
    assert.deepEqual(
      tables.at(-1)?.targets.map((target) => target.startedAt),
      targets.map(() => startedAt),
    );
  }
});

test('a table over the limit is not published: the last one stays, nobody is told that it holds, and the cause is named', async (t) => {
  const state = await begin(t, 'api', 'web');
  const { refresh, settled, withheld, tables, logged } = routesOf(state, world, 5_000);
  await refresh();
  const before = (await state.services.get('shop', 'web'))?.modRevision ?? 0;
  const wide = revision({ number: 2 });
  const domains = Array.from({ length: 100 }, (_, i) => `d${i}.example.com`);
  await state.store.txn({
    then: [
      state.revisions.put({ ...wide, spec: { ...wide.spec, domains } }),
      ...putService(state, service({ revision: 2 })),
    ],
  });
  const after = (await state.services.get('shop', 'web'))?.modRevision ?? 0;
  for (let times = 0; times < 3; times += 1) await refresh();
  assert.equal(tables.length, 1);
  assert.deepEqual([settled(before), settled(after)], [true, false]);
  assert.match(withheld(() => true) ?? '', /so all routes stay as they were; shop\/web has the largest part/);
  assert.match(withheld(() => false) ?? '', /; a service of another project has the largest part in it$/);
  assert.equal(logged.filter((line) => line.includes('shop/web')).length, 1, 'told once');
  await state.store.txn({ then: [...putService(state, service({ revision: 1 }))] });
  await refresh();
  assert.ok(settled((await state.services.get('shop', 'web'))?.modRevision ?? 0));
  assert.equal(
    withheld(() => true),
    undefined,
  );
});
