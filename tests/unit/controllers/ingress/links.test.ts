import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IngressLink } from '../../../../src/controllers/ingress/link.ts';
import { createLinks, type Tables } from '../../../../src/controllers/ingress/links.ts';
import type { Routing } from '../../../../src/core/rollout/observed.ts';
import type { WorkerStatus } from '../../../../src/core/route/protocol.ts';
import type { Table } from '../../../../src/core/route/table.ts';

const WORKERS: readonly WorkerStatus[] = [{ id: 1, pid: 2, table: null, draining: false }];
const IN: Routing = { everywhere: true, somewhere: true };
const OUT: Routing = { everywhere: false, somewhere: false };
const task = { id: 'web-1-a', node: 'b' };

/** A data plane that says what the test says. */
function plane() {
  const told: { table: Table; listed: ReadonlySet<string> | undefined }[] = [];
  const callbacks = new Set<Parameters<IngressLink['onChange']>[0]>();
  const is = {
    live: true,
    caughtUp: true,
    settled: true,
    routing: OUT,
    lostSince: 0,
    inflight: undefined as number | undefined,
  };
  const link = {
    workers: () => (is.live ? WORKERS : undefined),
    connected: () => (is.live ? { since: 1, pid: 1, version: '' } : undefined),
    lostSince: () => (is.live ? undefined : is.lostSince),
    settled: () => is.live && is.settled,
    caughtUp: () => is.live && is.caughtUp,
    routing: () => is.routing,
    health: () => undefined,
    stats: (id: string) =>
      is.inflight === undefined
        ? undefined
        : { task: id, inflight: is.inflight, streams: 0, requests: 0, errors: 0, failed: 1 },
    publish: (table: Table, listed?: ReadonlySet<string>) => void told.push({ table, listed }),
    onChange: (callback: Parameters<IngressLink['onChange']>[0]) => {
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
  } as unknown as IngressLink;
  return { is, told, link, callbacks };
}

function two() {
  const [a, b] = [plane(), plane()];
  return { a, b, links: createLinks({ a: a.link, b: b.link }) };
}

const tables = (revision: number): Tables => ({
  listed: new Set(['web-1-a']),
  of: (node) => ({ id: { cluster: node, term: 1, revision }, pools: [], routes: [], targets: [] }),
});

test('each data plane is given its own table, with what all of them list; one that comes later too', () => {
  const { a, b, links } = two();
  links.publish(tables(1));
  const c = plane();
  links.add('c', c.link);
  assert.deepEqual(
    [a, b, c].map(({ told }) => told.map(({ table, listed }) => `${table.id.cluster} ${[...(listed ?? [])]}`)),
    [['a web-1-a'], ['b web-1-a'], ['c web-1-a']],
  );
  links.remove('c');
  links.publish(tables(2));
  assert.deepEqual([a.told.length, c.told.length, c.callbacks.size], [2, 1, 0]);
});

test('a table is in use once all that are connected use it; one that is away delays nothing, and none is nobody', () => {
  const { a, b, links } = two();
  b.is.settled = false;
  assert.equal(links.settled(), false);
  b.is.live = false;
  assert.equal(links.settled(), true);
  assert.equal(links.lostSince(), undefined);
  [a.is.live, a.is.lostSince, b.is.lostSince] = [false, 7, 5];
  assert.deepEqual([links.settled(), links.workers(), links.lostSince()], [false, undefined, 7]);
});

test('a task is routed once its own data plane and all others that are connected have it', () => {
  const { a, b, links } = two();
  b.is.routing = IN;
  assert.equal(links.routing(task).everywhere, false, 'a has not');
  a.is.routing = IN;
  assert.equal(links.routing(task).everywhere, true);
  [a.is.live, a.is.routing] = [false, OUT];
  assert.equal(links.routing(task).everywhere, true, 'a is away');
  [b.is.live, b.is.routing, a.is.live, a.is.routing] = [false, OUT, true, IN];
  assert.equal(links.routing(task).everywhere, false, 'its own is away');
});

test('a task is out of routing by the word of its own data plane, and of every other one that is connected', () => {
  const { a, b, links } = two();
  const unknown = { everywhere: false, somewhere: true };
  a.is.routing = unknown;
  assert.equal(links.routing(task).somewhere, true, 'a may send to it');
  a.is.live = false;
  assert.equal(links.routing(task).somewhere, false, 'a is away, and gets the table before it serves again');
  [b.is.live, b.is.routing, a.is.live, a.is.routing] = [false, unknown, true, OUT];
  assert.equal(links.routing(task).somewhere, true, 'its own is away, and may serve on');
  const elsewhere = { ...task, node: 'c' };
  assert.equal(links.routing(elsewhere).somewhere, false, 'its node has none: those that are there decide');
  [a.is.live, a.is.routing] = [false, unknown];
  assert.equal(links.routing(elsewhere).somewhere, true, 'nobody is there to say so');
});

test('one that has just connected is not waited for until it has caught up, but may send to what left', () => {
  const { a, b, links } = two();
  [a.is.caughtUp, a.is.settled, b.is.routing] = [false, false, IN];
  assert.deepEqual([links.routing(task).everywhere, links.settled()], [true, true]);
  a.is.routing = { everywhere: false, somewhere: true };
  b.is.routing = OUT;
  assert.equal(links.routing(task).somewhere, true, 'it may serve with an older table');
  [a.is.caughtUp, b.is.routing] = [true, IN];
  assert.deepEqual([links.routing(task).everywhere, links.settled()], [false, false], 'from now on its word counts');
});

test('where none has caught up nothing is routed or settled by their silence; a task needs its own in any case', () => {
  const { a, b, links } = two();
  [a.is.caughtUp, b.is.caughtUp, b.is.settled] = [false, false, false];
  assert.equal(links.settled(), false);
  a.is.routing = IN;
  assert.equal(links.routing(task).everywhere, false, 'its own has it not');
  assert.equal(links.routing({ ...task, node: 'c' }).everywhere, false, 'its node has none, and b has it not');
  [b.is.routing, b.is.settled] = [IN, true];
  assert.deepEqual([links.routing(task).everywhere, links.settled()], [true, true]);
});

test('a name was withdrawn when the last of them was seen without it; requests in flight are those of its own node', () => {
  const { a, b, links } = two();
  a.is.routing = { ...OUT, goneAt: 30 };
  b.is.routing = { ...OUT, goneAt: 20 };
  assert.equal(links.routing(task).goneAt, 30);
  [a.is.inflight, b.is.inflight] = [2, 3];
  assert.deepEqual(
    [links.stats({ ...task, node: 'a' })?.inflight, links.stats({ ...task, node: 'b' })?.inflight],
    [2, 3],
  );
  assert.deepEqual(
    [links.stats({ ...task, node: 'gone' })?.inflight, links.stats({ ...task, node: 'gone' })?.failed],
    [5, 2],
  );
  a.is.live = false;
  assert.equal(links.routing(task).goneAt, 20);
});

test('news of any of them is news, and so is one that comes or goes', () => {
  const { a, links } = two();
  const heard: string[] = [];
  links.onChange((tasks, what) => heard.push(`${tasks} ${what}`));
  for (const callback of a.callbacks) callback(['web-1-a'], 'counts');
  links.add('c', plane().link);
  links.remove('c');
  assert.deepEqual(heard, ['web-1-a counts', 'all state', 'all state']);
});
