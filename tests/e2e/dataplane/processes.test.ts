import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askStandIn, finallyDo, isAlive, route, startApp, startLab, table, target, until } from './support/lab.ts';

test('every worker accepts on the one inherited socket, and acknowledges the table it uses', async (t) => {
  const { port, link } = await startLab(t);
  const app = await startApp(t);
  link.publish(table(1, [target('a', app.port)], [route(['a'])]));
  await until('acknowledged', () => link.settled());
  assert.deepEqual(link.routing('a'), { everywhere: true, somewhere: true });
  assert.equal(link.health('a')?.ready, true);
  const workers = link.workers()?.map(({ pid }) => pid) ?? [];
  assert.equal(workers.length, 2);
  const seen = new Set<number>();
  await until('both workers answer', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => askStandIn(port)));
    for (const { pid, table: used, ready } of answers) {
      assert.deepEqual([used, ready], [1, ['a']]);
      seen.add(pid);
    }
    return seen.size === 2;
  });
  assert.deepEqual([...seen].sort(), [...workers].sort());
});

test('kill -9 of a worker refuses no new connection, and another one takes its place', async (t) => {
  const { port, link } = await startLab(t);
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  const victim = link.workers()?.[0]?.pid ?? 0;
  const failures: { error: Error; pid?: number }[] = [];
  let asked = 0;
  let ended = false;
  finallyDo(t, () => {
    ended = true; // else a failed test asks for ever
  });
  const client = async (): Promise<void> => {
    while (!ended) {
      asked += 1;
      await askStandIn(port).catch((error: Error) => failures.push({ error }));
    }
  };
  const clients = Array.from({ length: 8 }, client);
  await until('load', () => asked > 200);
  process.kill(victim, 'SIGKILL');
  await until('replaced', () => {
    const workers = link.workers() ?? [];
    return workers.length === 2 && !workers.some(({ pid }) => pid === victim) && link.settled();
  });
  const before = asked;
  await until('load goes on', () => asked > before + 200);
  ended = true;
  await Promise.all(clients);
  // Connections that the dead worker had accepted end with it; none may be refused.
  assert.deepEqual(
    failures.filter(({ error }) => /ECONNREFUSED/.test(error.message)),
    [],
  );
  assert.ok(failures.length <= 8, `${failures.length} connections failed`);
});

test('a stopped worker is seen as not acknowledged until it goes on', async (t) => {
  const { link } = await startLab(t, { args: ['--answer', '600000'] });
  const app = await startApp(t);
  link.publish(table(1, [target('old', app.port)], [route(['old'])]));
  await until('acknowledged', () => link.settled());
  const slow = link.workers()?.[1]?.pid ?? 0;
  process.kill(slow, 'SIGSTOP');
  finallyDo(t, () => isAlive(slow) && process.kill(slow, 'SIGCONT'));
  const both = [target('old', app.port), target('new', app.port)];
  link.publish(table(2, both, [route(['old', 'new'])]));
  await until('the other acknowledges', () => link.workers()?.some(({ table: used }) => used?.revision === 2));
  link.publish(table(3, both, [route(['new'])]));
  await until('the other acknowledges', () => link.workers()?.some(({ table: used }) => used?.revision === 3));
  assert.equal(link.workers()?.find(({ pid }) => pid === slow)?.table?.revision, 1);
  assert.equal(link.settled(), false);
  assert.deepEqual(link.routing('new'), { everywhere: false, somewhere: true });
  assert.deepEqual(link.routing('old'), { everywhere: false, somewhere: true });
  process.kill(slow, 'SIGCONT');
  await until('acknowledged by both', () => link.settled());
  assert.deepEqual(link.routing('new'), { everywhere: true, somewhere: true });
  const { goneAt, ...gone } = link.routing('old');
  assert.deepEqual(gone, { everywhere: false, somewhere: false });
  assert.ok(goneAt !== undefined, 'it is known since when');
});

test('a killed supervisor takes its workers with it, and another data plane is started', async (t) => {
  const { port, link, launcher } = await startLab(t);
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  const before = link.connected()?.pid ?? 0;
  const workers = link.workers() ?? [];
  process.kill(before, 'SIGKILL');
  await until('lost', () => link.connected()?.pid !== before);
  await until('connected to another', () => link.connected() && link.settled());
  assert.notEqual(link.connected()?.pid, before);
  assert.equal(launcher.status().restarts, 1);
  assert.equal((await askStandIn(port)).table, 1);
  await until('its workers have ended', () => !workers.some(({ pid }) => isAlive(pid)));
});

test('a frozen worker does not keep the port from the next data plane', async (t) => {
  const { port, link } = await startLab(t);
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  const before = link.connected()?.pid ?? 0;
  process.kill(link.workers()?.[0]?.pid ?? 0, 'SIGSTOP');
  process.kill(before, 'SIGKILL');
  await until('connected to another', () => link.connected()?.pid !== before && link.settled());
  assert.equal((await askStandIn(port)).table, 1);
});
