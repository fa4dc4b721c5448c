import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineTime, planeTime } from '../../../../src/core/clock.ts';
import type { FromDataPlane } from '../../../../src/core/route/protocol.ts';
import type { SPLIT_BY, Table } from '../../../../src/core/route/table.ts';
import { counters, hello, LOOK_EVERY, setUp, table } from './link-rig.ts';

test('it says hello, and sends the newest table once it was greeted, and each later one', async (t) => {
  const { link, got, until, say } = await setUp(t);
  link.publish(table(1));
  link.publish(table(2));
  link.start();
  await until(() => got.length === 1);
  assert.deepEqual(got[0], {
    type: 'hello',
    protocol: 2,
    cluster: 'c',
    term: 3,
    wants: ['traffic', 'relay', 'changes', 'certificates'],
  });
  assert.equal(link.connected(), undefined);
  say(hello);
  await until(() => got.length === 2);
  assert.deepEqual(got[1], { type: 'table', table: table(2) });
  assert.equal(link.connected()?.pid, 7);
  assert.equal(link.lostSince(), undefined);
  link.publish(table(3));
  await until(() => got.length === 3);
  assert.deepEqual(got[2], { type: 'table', table: table(3) });
});

test('a lost connection is made again, and what was known of tasks stays until told anew', async (t) => {
  const { link, got, sockets, until, say } = await setUp(t);
  link.publish(table(1));
  link.start();
  await until(() => got.length === 1);
  say({ ...hello, ports: [8080] }, { type: 'stats', targets: [counters('a', 5)] });
  await until(() => link.stats('a'));
  sockets[0]?.destroy();
  await until(() => !link.connected());
  assert.equal(link.workers(), undefined);
  assert.notEqual(link.lostSince(), undefined);
  assert.equal(link.stats('a')?.requests, 5);
  assert.deepEqual(link.ports(), [8080]);
  await until(() => sockets.length === 2);
  say(hello, { type: 'stats', targets: [] });
  await until(() => link.connected() && !link.stats('a'));
});

test('it has caught up once all workers use the newest table, until it connects anew, whatever it is given later', async (t) => {
  const { link, sockets, until, say } = await setUp(t);
  const caughtUp = async (...used: readonly number[]) => {
    await until(() => sockets.length > 0);
    const workers = used.map((revision) => ({ id: 1, pid: 2, table: table(revision).id, draining: false }));
    say(hello, { type: 'workers', workers });
    await until(() => link.workers()?.[0]?.table?.revision === used[0]);
    return link.caughtUp();
  };
  link.publish(table(2));
  link.start();
  assert.deepEqual([await caughtUp(1, 2), await caughtUp(2)], [false, true]);
  link.publish(table(3));
  assert.deepEqual([link.settled(), link.caughtUp()], [false, true]);
  sockets[0]?.destroy();
  await until(() => sockets.length === 2);
  assert.deepEqual([link.caughtUp(), await caughtUp(2), await caughtUp(3)], [false, false, true]);
});

test('only the tasks whose state differs are told of', async (t) => {
  const { link, got, changes, until, say } = await setUp(t);
  link.start();
  await until(() => got.length === 1);
  say(hello, { type: 'stats', targets: [counters('a', 1), counters('b', 1)] });
  await until(() => link.stats('b'));
  changes.length = 0;
  say({ type: 'stats', targets: [counters('a', 1), counters('b', 2)] });
  await until(() => changes.length > 0);
  assert.deepEqual(changes, [['b']]);
});

test('the reason of a refusal is kept until it is greeted', async (t) => {
  const { link, got, until, say } = await setUp(t);
  link.start();
  await until(() => got.length === 1);
  say({ type: 'refused', reason: 'a later master is here' });
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (link.refused()) resolve();
      else setImmediate(look);
    };
    look();
  });
  assert.equal(link.refused(), 'a later master is here');
  assert.equal(link.connected(), undefined);
});

const older: FromDataPlane = {
  type: 'refused',
  reason: 'this data plane speaks version 1 of the control protocol, not 2',
};

test('a data plane from before an upgrade is spoken to in its own version, and given tables as that knew them', async (t) => {
  const { link, got, sockets, logged, until, say } = await setUp(t);
  const shares = [{ weight: 1, targets: [] }];
  const way = { host: 'a.test', path: '/', stripPrefix: false };
  link.publish({
    ...table(1),
    pools: [{ name: 'p/web', service: 'p/web', shares }],
    routes: [{ ...way, pool: 'p/web' }],
  });
  link.start();
  await until(() => got.length === 1);
  say(older);
  await until(() => got.length === 2 && sockets.length === 2);
  assert.deepEqual(got[1], {
    type: 'hello',
    protocol: 1,
    cluster: 'c',
    term: 3,
    wants: ['traffic', 'relay', 'changes', 'certificates'],
  });
  say({ ...hello, protocol: 1 });
  await until(() => got.length === 3);
  const { id, targets } = table(1);
  assert.deepEqual(got[2], {
    type: 'table',
    table: { id, targets, routes: [{ ...way, service: 'p/web', pools: shares }] },
  });
  assert.deepEqual([link.connected()?.pid, link.refused(), logged], [7, undefined, []]);
  sockets.at(-1)?.destroy();
  await until(() => got.length === 4);
  say({ type: 'refused', reason: 'this data plane speaks version 2 of the control protocol, not 1' });
  await until(() => got.length === 5);
  assert.deepEqual(
    got[4],
    { type: 'hello', protocol: 2, cluster: 'c', term: 3, wants: ['traffic', 'relay', 'changes', 'certificates'] },
    'it was replaced by one of now',
  );
});

test('a data plane of a later version, or of none that is known, is told of and given nothing', async (t) => {
  const { link, got, until, say } = await setUp(t);
  link.publish(table(1));
  link.start();
  await until(() => got.length === 1);
  const reason = 'this data plane speaks version 3 of the control protocol, not 2';
  say({ type: 'refused', reason });
  await until(() => link.refused());
  assert.deepEqual([link.refused(), got.length], [reason, 1]);
});

test('a table that is too long as an older data plane reads it is not sent, and why is told', async (t) => {
  const { link, got, until, say } = await setUp(t);
  const pools = [{ name: 'p/web', service: 'p/web', shares: [{ weight: 1, targets: ['t'.repeat(90_000)] }] }];
  const routes = Array.from({ length: 200 }, (_, i) => ({
    host: `h${i}`,
    path: '/',
    stripPrefix: false,
    pool: 'p/web',
  }));
  link.publish({ ...table(1), pools, routes });
  link.start();
  await until(() => got.length === 1);
  say(older);
  await until(() => got.length === 2);
  say({ ...hello, protocol: 1 });
  await until(() => link.refused());
  assert.match(link.refused() ?? '', /too long for version 1 of the control protocol.*orca server --stop --all/);
  assert.equal(got.length, 2);
});

test('a data plane that sends what is not the protocol is left', async (t) => {
  for (const bad of ['hello', '{"type":"workers","workers":[{"pid":"1"}]}', '{"type":"health"}', '[]']) {
    const { link, got, sockets, until, say } = await setUp(t);
    link.start();
    await until(() => got.length === 1);
    say(hello, bad);
    await until(() => sockets[0]?.destroyed || !link.connected());
    await new Promise<void>((resolve) => {
      if (sockets[0]?.closed) resolve();
      else sockets[0]?.once('close', () => resolve());
    });
    assert.equal(link.connected(), undefined, bad);
    assert.match(link.refused() ?? '', /another version/);
  }
});

test('a data plane that runs with other settings is told once, and known as long as it is connected', async (t) => {
  const { link, got, sockets, logged, until, say } = await setUp(t);
  const other: FromDataPlane = { ...hello, settings: { http: '[::]:8080' } };
  link.start();
  assert.deepEqual(link.inForce(), { http: '[::]:80', access_log: 'off' });
  for (const count of [1, 2]) {
    await until(() => got.length === count);
    say(other);
    await until(() => link.connected());
    assert.equal(link.stale(), 'http is "[::]:8080", not "[::]:80"');
    sockets.at(-1)?.destroy();
    await until(() => !link.connected());
    assert.equal(link.stale(), undefined);
    assert.deepEqual(link.inForce(), { http: '[::]:8080', access_log: 'off' });
  }
  const warnings = logged.map((line) => JSON.parse(line) as Record<string, string>).filter((line) => line['settings']);
  assert.deepEqual(
    warnings.map((line) => line['settings']),
    ['http is "[::]:8080", not "[::]:80"'],
  );
  assert.match(warnings[0]?.['hint'] ?? '', /orca server --stop --all/);
});

test('a data plane with the same settings, or one that tells none, is no news', async (t) => {
  for (const settings of [undefined, { http: '[::]:80', access_log: 'off' }]) {
    const { link, got, logged, until, say } = await setUp(t);
    link.start();
    await until(() => got.length === 1);
    say({ ...hello, settings });
    await until(() => link.connected());
    assert.deepEqual([link.stale(), logged], [undefined, []]);
  }
});

test('what a data plane runs without is known as long as it is connected; an earlier one, that tells nothing, has no users', async (t) => {
  const { link, got, sockets, until, say } = await setUp(t);
  link.start();
  for (const [lacks, expected] of [
    [[], undefined],
    [['no_new_privs', 'another'], 'no_new_privs, another'],
    [['x'.repeat(10_000)], 'x'.repeat(200)],
    [undefined, 'a user of their own for its workers: it was started by an earlier version'],
  ] as const) {
    const count = sockets.length;
    await until(() => got.length > 0 && sockets.length > 0);
    say({ ...hello, lacks });
    await until(() => link.connected());
    assert.equal(link.lacks(), expected);
    got.length = 0;
    sockets.at(-1)?.destroy();
    await until(() => !link.connected());
    assert.equal(link.lacks(), undefined);
    await until(() => sockets.length > count);
  }
});

test('by what a data plane cannot divide requests is known while a table asks for it; an earlier one divides them one by one', async (t) => {
  const { link, got, sockets, until, say } = await setUp(t);
  let revision = 0;
  const split = (by: (typeof SPLIT_BY)[number]): Table => ({
    ...table(++revision),
    pools: [{ name: 'shop/web', service: 'shop/web', shares: [], split: { by, salt: '1' } }],
  });
  link.start();
  for (const [splits, expected] of [
    [
      ['request', 'client', 'header', 'cookie'],
      [undefined, undefined],
    ],
    [
      ['request', 'client'],
      [undefined, 'cookie'],
    ],
    [undefined, ['client', 'cookie']],
  ] as const) {
    const count = sockets.length;
    await until(() => got.length > 0 && sockets.length > 0);
    say({ ...hello, splits });
    await until(() => link.connected());
    const told = (['client', 'cookie'] as const).map((by) => {
      link.publish(split(by));
      return link.cannotSplit();
    });
    assert.deepEqual(told, expected);
    link.publish(split('request'));
    assert.equal(link.cannotSplit(), undefined);
    got.length = 0;
    sockets.at(-1)?.destroy();
    await until(() => !link.connected());
    assert.equal(link.cannotSplit(), undefined);
    await until(() => sockets.length > count);
  }
});

/** Says hello once it was greeted, and does not answer from then on. */
async function fallSilent({ link, got, until, say }: Awaited<ReturnType<typeof setUp>>): Promise<void> {
  link.start();
  await until(() => got.length === 1);
  say(hello, { type: 'workers', workers: [{ id: 1, pid: 8, table: table(1).id, draining: false }] });
  await until(() => link.workers());
  await until(() => !link.connected());
}

test('a data plane that does not answer is asked, and counts as not connected until it says something', async (t) => {
  const lab = await setUp(t, LOOK_EVERY);
  const { link, got, sockets, logged, until, say } = lab;
  link.publish(table(1));
  await fallSilent(lab);
  assert.deepEqual(got.at(-1), {
    type: 'hello',
    protocol: 2,
    cluster: 'c',
    term: 3,
    wants: ['traffic', 'relay', 'changes', 'certificates'],
  });
  assert.deepEqual(
    [link.workers(), link.refused(), link.attached(), link.settled(), link.caughtUp(), link.stopDataPlane(0)],
    [undefined, 'the data plane (pid 7) does not answer', { pid: 7 }, false, false, false],
  );
  assert.notEqual(link.lostSince(), undefined);
  assert.equal(logged.filter((line) => line.includes('does not answer')).length, 1);
  say({ type: 'stats', targets: [] });
  await until(() => link.connected());
  assert.deepEqual([link.workers()?.length, link.settled(), link.lostSince()], [1, true, undefined]);
  assert.deepEqual([link.refused(), link.caughtUp()], [undefined, true]);
  assert.equal(sockets.length, 1, 'on the same connection');
});

test('an answer to what it was asked keeps it connected', async (t) => {
  const { link, got, changes, until, say } = await setUp(t, 5 * LOOK_EVERY);
  link.start();
  for (const count of [1, 2, 3]) {
    await until(() => got.length === count);
    say(hello);
  }
  await until(() => got.length === 4);
  assert.deepEqual(changes, ['all'], 'it was never lost');
});

test('one that never says a word is told, and is heard when it does', async (t) => {
  const { link, got, until, say } = await setUp(t, LOOK_EVERY);
  link.publish(table(1));
  link.start();
  await until(() => link.refused());
  assert.deepEqual([link.refused(), link.attached()], ['the data plane does not answer', { pid: undefined }]);
  say(hello);
  await until(() => got.some(({ type }) => type === 'table'));
  assert.deepEqual([link.refused(), link.connected()?.pid], [undefined, 7]);
});

test('one that does not answer and ends is lost like any other', async (t) => {
  const lab = await setUp(t, LOOK_EVERY);
  await fallSilent(lab);
  const since = lab.link.lostSince();
  lab.sockets[0]?.destroy();
  await lab.until(() => !lab.link.refused());
  assert.equal(lab.link.lostSince(), since);
  await lab.until(() => lab.sockets.length === 2);
});

test('of tables that a data plane does not take only the last is kept', async (t) => {
  const { link, got, sockets, until, say } = await setUp(t);
  const large = (revision: number): Table => ({
    ...table(revision),
    routes: [{ host: 'x'.repeat(500_000), path: '/', stripPrefix: false, pool: 'p/web' }],
  });
  link.start();
  await until(() => got.length === 1);
  say(hello);
  await until(() => link.connected());
  sockets[0]?.pause();
  for (let revision = 1; revision <= 50; revision += 1) link.publish(large(revision));
  sockets[0]?.resume();
  const revisions = () => got.flatMap((message) => (message.type === 'table' ? [message.table.id.revision] : []));
  await until(() => revisions().includes(50));
  assert.deepEqual(revisions(), [1, 50]);
});

test('health is stamped by the clock of this side, whatever that of the data plane shows', async (t) => {
  const { link, got, until, say } = await setUp(t);
  link.start();
  await until(() => got.length === 1);
  const target = { task: 'web-1', container: 'c', startedAt: engineTime(1), ready: true, passes: 2, misses: 0 };
  const begun = Date.now();
  const health = (since: number, at: number | undefined): FromDataPlane => ({
    type: 'health',
    targets: [{ ...target, since: planeTime(since) }],
    ...(at !== undefined && { at: planeTime(at) }),
  });
  say(hello, health(86_400_000, 86_403_000));
  await until(() => link.health('web-1'));
  const first = link.health('web-1')?.heldSince ?? 0;
  assert.ok(first >= begun - 3_000 && first <= Date.now() - 3_000, 'it is so for 3 s');
  say(health(86_400_000, 86_409_000), health(86_410_000, undefined));
  await until(() => (link.health('web-1')?.heldSince ?? 0) > first);
  assert.ok((link.health('web-1')?.heldSince ?? 0) >= begun, 'one that tells no time is so since its word came');
});

test('a data plane that takes changes is given a whole table on each connection, and then what became otherwise', async (t) => {
  const { link, got, sockets, until, say } = await setUp(t);
  link.publish(table(1));
  link.start();
  await until(() => got.length === 1);
  say({ ...hello, takes: ['changes'] });
  await until(() => got.length === 2);
  assert.deepEqual(got[1], { type: 'table', table: table(1) });
  link.publish(table(2));
  await until(() => got.length === 3);
  const told = got[2];
  assert.ok(told?.type === 'change');
  assert.deepEqual([told.change.from, told.change.rest.id], [table(1).id, table(2).id]);
  sockets.at(-1)?.destroy();
  await until(() => got.length === 4 && sockets.length === 2);
  say({ ...hello, takes: ['changes'] });
  await until(() => got.length === 5);
  assert.deepEqual(got[4], { type: 'table', table: table(2) });
});

test('counters that are told as changes are known as if they were told whole', async (t) => {
  const { link, got, changes, until, say } = await setUp(t);
  link.start();
  await until(() => got.length === 1);
  say(hello, { type: 'stats', targets: [counters('a', 1), counters('b', 1)] });
  await until(() => link.stats('b'));
  changes.length = 0;
  say({ type: 'stats-change', change: [{ at: 1, removed: 1, added: [counters('b', 2)] }] });
  await until(() => changes.length > 0);
  assert.deepEqual([changes, link.stats('a')?.requests, link.stats('b')?.requests], [[['b']], 1, 2]);
});
