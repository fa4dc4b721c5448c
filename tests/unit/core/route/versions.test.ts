import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import type { Table, Target } from '../../../../src/core/route/table.ts';
import { readTable, tableFor } from '../../../../src/core/route/versions.ts';

const target = (task: string): Target => ({
  task,
  service: 'p/web',
  revision: 1,
  address: '10.0.0.1',
  port: 80,
  container: 'abc',
  startedAt: engineTime(5),
  probe: { path: '/health', port: 80, interval: 1000, timeout: 500, failures: 3 },
});

const now: Table = {
  id: { cluster: 'c', term: 1, revision: 2 },
  pools: [
    { name: 'p/api', service: 'p/api', shares: [{ weight: 1, targets: [] }] },
    { name: 'p/web', service: 'p/web', shares: [{ weight: 1, targets: ['t1', 't2'] }] },
  ],
  routes: [
    { host: 'a.test', path: '/api', stripPrefix: true, pool: 'p/api' },
    { host: 'a.test', path: '/', stripPrefix: false, pool: 'p/web' },
    { host: 'b.test', path: '/', stripPrefix: false, pool: 'p/web' },
  ],
  targets: [target('t1'), target('t2')],
};

/** As the first data planes wrote and read it. */
const version1 = {
  id: now.id,
  routes: [
    { host: 'a.test', path: '/api', stripPrefix: true, service: 'p/api', pools: [{ weight: 1, targets: [] }] },
    { host: 'a.test', path: '/', stripPrefix: false, service: 'p/web', pools: [{ weight: 1, targets: ['t1', 't2'] }] },
    { host: 'b.test', path: '/', stripPrefix: false, service: 'p/web', pools: [{ weight: 1, targets: ['t1', 't2'] }] },
  ],
  targets: now.targets,
};

test('a table of version 1 is read as one of now, and one of now is written as version 1 knew it', () => {
  assert.deepEqual(readTable(version1), now);
  assert.deepEqual(tableFor(1, now), version1);
  assert.equal(tableFor(2, now), now);
  assert.deepEqual(readTable(now), now);
});

test('what is a table of no version is none', () => {
  const broken = { ...version1, routes: [{ ...version1.routes[1], pools: [{ weight: 1, targets: ['gone'] }] }] };
  for (const value of [undefined, null, 'x', {}, { routes: 7 }, { ...version1, routes: [null] }, broken]) {
    assert.equal(readTable(value), undefined, JSON.stringify(value));
  }
});
