import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import { cutTable } from '../../../../src/core/route/cut-table.ts';

const target = (task: string) => ({
  task,
  service: 'shop/web',
  revision: 1,
  address: '10.208.0.2',
  port: 80,
  container: `c-${task}`,
  startedAt: engineTime(1),
  probe: { port: 80, interval: 1, timeout: 1, failures: 1 },
});

const table = {
  pools: [
    {
      name: 'shop/web',
      service: 'shop/web',
      shares: [
        { weight: 90, targets: ['a1', 'b1'] },
        { weight: 10, targets: ['b2'] },
      ],
    },
  ],
  routes: [{ host: 'shop.example.com', path: '/', stripPrefix: false, pool: 'shop/web' }],
  targets: ['a1', 'b1', 'b2'].map(target),
};

test('the table of a node has its own tasks alone, and all routes', () => {
  const cut = cutTable(table, (task) => task.startsWith('a'));
  assert.deepEqual(
    cut.targets.map(({ task }) => task),
    ['a1'],
  );
  assert.deepEqual(cut.pools[0]?.shares, [
    { weight: 90, targets: ['a1'] },
    { weight: 10, targets: [] },
  ]);
  assert.deepEqual(cut.routes, table.routes);
});

test('a table of one node is given as it is', () => {
  assert.equal(
    cutTable(table, () => true),
    table,
  );
});
