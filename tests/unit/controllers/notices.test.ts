import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createNotices } from '../../../src/controllers/notices.ts';
import type { ObservedContainer } from '../../../src/core/model/container.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { putService } from '../store/put-service.ts';
import { openState, service } from './support/shop.ts';

async function begin(t: TestContext) {
  const state = await openState(t);
  await state.store.txn({ then: [...putService(state, service()), ...putService(state, service({ name: 'api' }))] });
  const told: string[] = [];
  let since: number | undefined;
  const notices = createNotices({
    state,
    world: {
      nodes: () => ['local'],
      ingressSince: () => since,
      lastSeen: ({ id: task }) =>
        task === 'gone'
          ? undefined
          : ({ labels: { 'orca.project': 'shop', 'orca.service': task } } as unknown as ObservedContainer),
    },
    services: { notice: (key) => void told.push(key) },
    tables: { notice: (key) => void told.push(key) },
    upkeep: [{ notice: () => void told.push('upkeep') }],
    log: createLogger({ level: 'silent' }),
  });
  return {
    notices,
    connect: (at: number | undefined) => {
      since = at;
    },
    /** Who was told since the last call. */
    told: () => told.splice(0).sort(),
    all: async () => {
      while (!told.includes('shop/web')) await new Promise((resolve) => setImmediate(resolve));
      return told.splice(0).sort();
    },
  };
}

const EVERYBODY = ['shop/api', 'shop/web', 'table', 'upkeep'];

test('requests that are counted are news for those alone who wait', async (t) => {
  const { notices, told } = await begin(t);
  notices.dataPlane(['web', 'web', 'api', 'gone'], 'counts');
  assert.deepEqual(told(), []);
  notices.passed('shop/api', false);
  notices.dataPlane(['web', 'api'], 'counts');
  assert.deepEqual(told(), ['shop/api']);
  notices.dataPlane(['web', 'web', 'api', 'gone'], 'state');
  assert.deepEqual(told(), ['shop/api', 'shop/web']);
  notices.passed('shop/api', true);
  notices.dataPlane(['api'], 'counts');
  assert.deepEqual(told(), []);
});

test('a data plane that comes or goes is news for everybody; its word about a table for those who wait', async (t) => {
  const { notices, connect, told, all } = await begin(t);
  notices.passed('shop/web', false);
  connect(5);
  notices.dataPlane('all', 'state');
  assert.deepEqual(await all(), EVERYBODY);
  notices.dataPlane('all', 'state');
  assert.deepEqual(told(), ['shop/web']);
  notices.table();
  assert.deepEqual(told(), ['shop/web']);
  connect(undefined);
  notices.dataPlane('all', 'state');
  assert.deepEqual(await all(), EVERYBODY);
});

test('what changes of a service concerns the table and the networks too', async (t) => {
  const { notices, told, all } = await begin(t);
  notices.service('shop/web');
  assert.deepEqual(told(), ['shop/web', 'table', 'upkeep']);
  notices.all();
  assert.deepEqual(await all(), EVERYBODY);
});
