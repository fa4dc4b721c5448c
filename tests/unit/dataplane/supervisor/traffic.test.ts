import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import type { Table } from '../../../../src/core/route/table.ts';
import { MOST_SERIES } from '../../../../src/core/traffic/messages.ts';
import { NO_TRAFFIC, type RevisionTraffic } from '../../../../src/core/traffic/traffic.ts';
import { createTrafficSums } from '../../../../src/dataplane/supervisor/traffic.ts';

function tableOf(revisions: readonly number[]): Table {
  const probe = { port: 80, interval: 1000, timeout: 1000, failures: 3 };
  const common = {
    service: 'shop/web',
    address: '127.0.0.1',
    port: 80,
    container: 'c',
    startedAt: engineTime(1),
    probe,
  };
  return {
    id: { cluster: 'c', term: 1, revision: 1 },
    pools: [{ name: 'shop/web', service: 'shop/web', shares: [] }],
    routes: [],
    targets: revisions.map((revision) => ({ ...common, task: `t${revision}`, revision })),
  };
}

const counted = (revision: number, requests: number): RevisionTraffic => ({
  ...NO_TRAFFIC,
  service: 'shop/web',
  revision,
  classes: [0, 0, requests, 0, 0, 0],
  buckets: [20, requests],
});

const requests = (sums: ReturnType<typeof createTrafficSums>) =>
  sums.totals().map(({ revision, classes }) => [revision, classes[2]]);

test('what workers count is added up by revision, that of dead ones too', () => {
  const sums = createTrafficSums(() => 0);
  sums.keep(tableOf([1, 2]));
  sums.add([counted(1, 3), counted(2, 1)]);
  sums.add([counted(1, 4)]);
  assert.deepEqual(requests(sums), [
    [1, 7],
    [2, 1],
    [0, 0],
  ]);
});

test('a worker cannot make it keep what no table names', () => {
  const sums = createTrafficSums(() => 0);
  sums.keep(tableOf([1]));
  sums.add([counted(9, 1), { ...counted(1, 1), service: 'other/web' }]);
  assert.deepEqual(requests(sums), [
    [1, 0],
    [0, 0],
  ]);
});

test('a revision that left the tables is told of for a while, and counts from 0 in a series of its own when it is back later', () => {
  let now = 0;
  const sums = createTrafficSums(() => now);
  const seriesOf = (revision: number) => sums.totals().find((one) => one.revision === revision)?.series;
  sums.keep(tableOf([1, 2]));
  sums.add([counted(1, 3)]);
  const first = seriesOf(1);
  now = 1000;
  sums.keep(tableOf([2]));
  sums.add([counted(1, 1)]);
  assert.deepEqual(requests(sums), [
    [2, 0],
    [0, 0],
    [1, 4],
  ]);
  now += 60_000;
  sums.keep(tableOf([1, 2]));
  assert.equal(seriesOf(1), first);
  sums.keep(tableOf([2]));
  now += 3_600_000;
  sums.keep(tableOf([2]));
  sums.keep(tableOf([1, 2]));
  assert.notEqual(seriesOf(1), first);
  assert.deepEqual(requests(sums), [
    [1, 0],
    [2, 0],
    [0, 0],
  ]);
});

test('however many revisions come, no more than a message may hold are told of', () => {
  const sums = createTrafficSums(() => 0);
  for (let from = 1; from < 4000; from += 500) sums.keep(tableOf(Array.from({ length: 500 }, (_, at) => from + at)));
  assert.equal(sums.totals().length, MOST_SERIES);
  assert.ok(sums.totals().some(({ revision }) => revision === 4000));
});
