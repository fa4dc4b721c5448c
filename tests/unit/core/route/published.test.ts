import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkerStatus } from '../../../../src/core/route/protocol.ts';
import { createPublished } from '../../../../src/core/route/published.ts';
import type { Table, TableId } from '../../../../src/core/route/table.ts';

const id = (revision: number, term = 2): TableId => ({ cluster: 'c', term, revision });
const table = (revision: number, ...routed: readonly string[]): Table => ({
  id: id(revision),
  pools: [{ name: 'p/web', service: 'p/web', shares: [{ weight: 1, targets: routed }] }],
  routes: [{ host: 'a.test', path: '/', stripPrefix: false, pool: 'p/web' }],
  targets: [],
});
const worker = (used: TableId | null, draining = false): WorkerStatus => ({ id: 1, pid: 1, table: used, draining });

const nowhere = { everywhere: false, somewhere: false };
const anywhere = { everywhere: false, somewhere: true };
const everywhere = { everywhere: true, somewhere: true };

/** @param hasPast a data plane kept a table of an earlier master */
function setUp(hasPast = false) {
  const published = createPublished(hasPast);
  return {
    ...published,
    says(...workers: readonly WorkerStatus[]) {
      published.inUse(workers, 5);
      return (task: string) => {
        const { everywhere, somewhere } = published.routing(task, workers);
        return { everywhere, somewhere };
      };
    },
  };
}

test('a task is routed everywhere once every worker uses a table that routes to it', () => {
  const { add, says } = setUp();
  add(table(1, 'old'));
  add(table(2, 'old', 'new'));
  assert.deepEqual(says(worker(id(1)), worker(id(2)))('new'), anywhere);
  assert.deepEqual(says(worker(id(2)), worker(id(2)))('new'), everywhere);
});

test('a task is routed somewhere while any worker, a draining one too, uses a table that routes to it', () => {
  const { add, says } = setUp();
  add(table(1, 'old'));
  add(table(2, 'new'));
  assert.deepEqual(says(worker(id(1), true), worker(id(2)))('old'), anywhere);
  assert.deepEqual(says(worker(id(2)), worker(id(2)))('old'), nowhere);
});

test('a task is routed somewhere while a table that routes to it is on its way, even if the newest does not', () => {
  const { add, says } = setUp();
  add(table(1, 'old'));
  says(worker(id(1)));
  add(table(2, 'old', 'new'));
  add(table(3, 'old'));
  assert.deepEqual(says(worker(id(1)))('new'), anywhere);
  assert.deepEqual(says(worker(id(3)))('new'), nowhere);
});

test('a table that nobody knows may route to anything', () => {
  const { add, says } = setUp();
  add(table(1, 'old'));
  const earlier = says(worker(id(9, 1)), worker(id(1)));
  assert.deepEqual(earlier('never-heard-of'), anywhere);
  assert.deepEqual(says(worker(id(1)), worker(id(1)))('never-heard-of'), nowhere);
});

test('a worker without a table routes to nothing, but keeps a task from being everywhere', () => {
  const { add, says } = setUp();
  add(table(1, 'a'));
  const routing = says(worker(id(1)), worker(null));
  assert.deepEqual(routing('a'), anywhere);
  assert.deepEqual(routing('b'), nowhere);
});

test('a worker without a table may be given the one an earlier master left, until it is known to use another', () => {
  const { add, says } = setUp(true);
  assert.deepEqual(says(worker(null))('a'), anywhere);
  add(table(1));
  assert.deepEqual(says(worker(id(1)))('a'), nowhere);
});

test('while no data plane answers nothing is known, unless none was ever needed', () => {
  const first = setUp();
  assert.deepEqual(first.routing('a', undefined), nowhere);
  first.add(table(1));
  assert.deepEqual(first.routing('a', undefined), nowhere);
  first.add(table(2, 'b'));
  assert.deepEqual(first.routing('a', undefined), anywhere);
  assert.deepEqual(setUp(true).routing('a', undefined), anywhere);
});

test('no worker at all is not an acknowledgement', () => {
  const { add, says, settled } = setUp();
  add(table(1, 'a'));
  assert.deepEqual(says()('a'), nowhere);
  assert.equal(settled([]), false);
});

test('it is settled when every worker uses the newest table, not an older one', () => {
  const { add, settled } = setUp();
  assert.equal(settled([worker(id(1))]), false);
  add(table(1));
  add(table(2));
  assert.equal(settled(undefined), false);
  assert.equal(settled([worker(id(2)), worker(id(1))]), false);
  assert.equal(settled([worker(id(2)), worker(id(2))]), true);
});

test('tables behind the oldest in use are forgotten: one that a worker came back to would be unknown', () => {
  const { add, says } = setUp();
  add(table(1, 'a'));
  add(table(2));
  add(table(3));
  assert.deepEqual(says(worker(id(3)), worker(id(2)))('a'), nowhere);
  assert.deepEqual(says(worker(id(1)))('b'), anywhere);
});

test('a table that was replaced before it was sent counts no more', () => {
  const { add, forget, says } = setUp();
  add(table(1, 'old'));
  says(worker(id(1)));
  add(table(2, 'old', 'never'));
  assert.deepEqual(says(worker(id(1)))('never'), anywhere);
  forget(id(2));
  add(table(3, 'old'));
  assert.deepEqual(says(worker(id(1)))('never'), nowhere);
});

test('a task is gone since every worker was seen to have a table without it, also where a table was never sent', () => {
  const { add, forget, inUse, routing } = setUp();
  const goneAt = (task: string) => routing(task, [worker(id(1))]).goneAt;
  add(table(1, 'old', 'new'));
  inUse([worker(id(1)), worker(id(1))], 5);
  add(table(2, 'old', 'new'));
  forget(id(2));
  add(table(3, 'new'));
  inUse([worker(id(1)), worker(id(3))], 5);
  assert.equal(goneAt('old'), undefined, 'one may still lead others there');
  inUse([worker(id(3)), worker(id(3))], 70);
  inUse([worker(id(3)), worker(id(3))], 90);
  assert.deepEqual([goneAt('old'), goneAt('new')], [70, undefined]);
  add(table(4, 'old', 'new'));
  assert.equal(goneAt('old'), undefined, 'it is back');
});

test('who asks is known once every worker has a table that tells whose address it is', () => {
  const { add, inUse, knows } = setUp();
  const names = { subnet: '10.208.0.0/20', projects: [{ project: 'shop', askers: ['10.208.0.2'] }], services: [] };
  add(table(1));
  add({ ...table(2), names });
  inUse([worker(id(1)), worker(id(2))], 5);
  assert.equal(knows('10.208.0.2', [worker(id(1)), worker(id(2))]), false);
  assert.equal(knows('10.208.0.2', [worker(id(2)), worker(id(2))]), true);
  assert.equal(knows('10.208.0.3', [worker(id(2))]), false);
  assert.equal(knows('10.208.0.2', undefined), false);
  assert.equal(knows('10.208.0.2', []), false);
});
