import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createPublished } from '../../../../src/controllers/ingress/published.ts';
import type { WorkerStatus } from '../../../../src/core/route/protocol.ts';
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

/** DIR, with the table that a data plane kept there if there was one. */
function setUp(t: TestContext, kept = false) {
  const clock = { time: 5, now: () => clock.time };
  const dir = mkdtempSync(join(tmpdir(), 'orca-published-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'ingress'));
  if (kept) writeFileSync(join(dir, 'ingress', 'table.json'), '{}');
  const published = createPublished({ dir, clock });
  return {
    ...published,
    clock,
    says(...workers: readonly WorkerStatus[]) {
      published.inUse(workers);
      return (task: string) => {
        const { everywhere, somewhere } = published.routing(task, workers);
        return { everywhere, somewhere };
      };
    },
  };
}

test('a task is routed everywhere once every worker uses a table that routes to it', (t) => {
  const { add, says } = setUp(t);
  add(table(1, 'old'));
  add(table(2, 'old', 'new'));
  assert.deepEqual(says(worker(id(1)), worker(id(2)))('new'), anywhere);
  assert.deepEqual(says(worker(id(2)), worker(id(2)))('new'), everywhere);
});

test('a task is routed somewhere while any worker, a draining one too, uses a table that routes to it', (t) => {
  const { add, says } = setUp(t);
  add(table(1, 'old'));
  add(table(2, 'new'));
  assert.deepEqual(says(worker(id(1), true), worker(id(2)))('old'), anywhere);
  assert.deepEqual(says(worker(id(2)), worker(id(2)))('old'), nowhere);
});

test('a task is routed somewhere while a table that routes to it is on its way, even if the newest does not', (t) => {
  const { add, says } = setUp(t);
  add(table(1, 'old'));
  says(worker(id(1)));
  add(table(2, 'old', 'new'));
  add(table(3, 'old'));
  assert.deepEqual(says(worker(id(1)))('new'), anywhere);
  assert.deepEqual(says(worker(id(3)))('new'), nowhere);
});

test('a table that nobody knows may route to anything', (t) => {
  const { add, says } = setUp(t);
  add(table(1, 'old'));
  const earlier = says(worker(id(9, 1)), worker(id(1)));
  assert.deepEqual(earlier('never-heard-of'), anywhere);
  assert.deepEqual(says(worker(id(1)), worker(id(1)))('never-heard-of'), nowhere);
});

test('a worker without a table routes to nothing, but keeps a task from being everywhere', (t) => {
  const { add, says } = setUp(t);
  add(table(1, 'a'));
  const routing = says(worker(id(1)), worker(null));
  assert.deepEqual(routing('a'), anywhere);
  assert.deepEqual(routing('b'), nowhere);
});

test('a worker without a table may be given the one an earlier master left, until it is known to use another', (t) => {
  const { add, says } = setUp(t, true);
  assert.deepEqual(says(worker(null))('a'), anywhere);
  add(table(1));
  assert.deepEqual(says(worker(id(1)))('a'), nowhere);
});

test('while no data plane answers nothing is known, unless none was ever needed', (t) => {
  const first = setUp(t);
  assert.deepEqual(first.routing('a', undefined), nowhere);
  first.add(table(1));
  assert.deepEqual(first.routing('a', undefined), nowhere);
  first.add(table(2, 'b'));
  assert.deepEqual(first.routing('a', undefined), anywhere);
  assert.deepEqual(setUp(t, true).routing('a', undefined), anywhere);
});

test('no worker at all is not an acknowledgement', (t) => {
  const { add, says, settled } = setUp(t);
  add(table(1, 'a'));
  assert.deepEqual(says()('a'), nowhere);
  assert.equal(settled([]), false);
});

test('it is settled when every worker uses the newest table, not an older one', (t) => {
  const { add, settled } = setUp(t);
  assert.equal(settled([worker(id(1))]), false);
  add(table(1));
  add(table(2));
  assert.equal(settled(undefined), false);
  assert.equal(settled([worker(id(2)), worker(id(1))]), false);
  assert.equal(settled([worker(id(2)), worker(id(2))]), true);
});

test('tables behind the oldest in use are forgotten: one that a worker came back to would be unknown', (t) => {
  const { add, says } = setUp(t);
  add(table(1, 'a'));
  add(table(2));
  add(table(3));
  assert.deepEqual(says(worker(id(3)), worker(id(2)))('a'), nowhere);
  assert.deepEqual(says(worker(id(1)))('b'), anywhere);
});

test('a table that was replaced before it was sent counts no more', (t) => {
  const { add, forget, says } = setUp(t);
  add(table(1, 'old'));
  says(worker(id(1)));
  add(table(2, 'old', 'never'));
  assert.deepEqual(says(worker(id(1)))('never'), anywhere);
  forget(id(2));
  add(table(3, 'old'));
  assert.deepEqual(says(worker(id(1)))('never'), nowhere);
});

test('a task is gone since every worker was seen to have a table without it, also where a table was never sent', (t) => {
  const { add, forget, inUse, routing, clock } = setUp(t);
  const goneAt = (task: string) => routing(task, [worker(id(1))]).goneAt;
  add(table(1, 'old', 'new'));
  inUse([worker(id(1)), worker(id(1))]);
  add(table(2, 'old', 'new'));
  forget(id(2));
  add(table(3, 'new'));
  inUse([worker(id(1)), worker(id(3))]);
  assert.equal(goneAt('old'), undefined, 'one may still lead others there');
  clock.time = 70;
  inUse([worker(id(3)), worker(id(3))]);
  clock.time = 90;
  inUse([worker(id(3)), worker(id(3))]);
  assert.deepEqual([goneAt('old'), goneAt('new')], [70, undefined]);
  add(table(4, 'old', 'new'));
  assert.equal(goneAt('old'), undefined, 'it is back');
});

test('who asks is known once every worker has a table that tells whose address it is', (t) => {
  const { add, inUse, knows } = setUp(t);
  const names = { subnet: '10.208.0.0/20', projects: [{ project: 'shop', askers: ['10.208.0.2'] }], services: [] };
  add(table(1));
  add({ ...table(2), names });
  inUse([worker(id(1)), worker(id(2))]);
  assert.equal(knows('10.208.0.2', [worker(id(1)), worker(id(2))]), false);
  assert.equal(knows('10.208.0.2', [worker(id(2)), worker(id(2))]), true);
  assert.equal(knows('10.208.0.3', [worker(id(2))]), false);
  assert.equal(knows('10.208.0.2', undefined), false);
  assert.equal(knows('10.208.0.2', []), false);
});
