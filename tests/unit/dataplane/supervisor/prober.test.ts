import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import type { ProbeResult } from '../../../../src/core/route/readiness.ts';
import type { Target } from '../../../../src/core/route/table.ts';
import { createProber } from '../../../../src/dataplane/supervisor/prober.ts';

const target = (task: string, changes: Partial<Target> = {}): Target => ({
  task,
  service: 'p/web',
  revision: 1,
  address: '127.0.0.1',
  port: 80,
  container: 'c',
  startedAt: engineTime(1),
  probe: { port: 80, interval: 60_000, timeout: 1000, failures: 2 },
  ...changes,
});

/** A prober whose probes are answered by the test, or pass. */
function setUp(t: TestContext, atOnce?: number) {
  const asked: { task: string; signal: AbortSignal; answer: (result: ProbeResult) => void }[] = [];
  let onAsked = (): void => {};
  const prober = createProber({
    now: Date.now,
    onChange: () => {},
    ...(atOnce === undefined ? {} : { atOnce }),
    probe: ({ task }, signal) =>
      new Promise((resolve) => {
        asked.push({ task, signal, answer: resolve });
        onAsked();
      }),
  });
  t.after(() => prober.stop());
  const next = async () => {
    while (asked.length === 0) {
      await new Promise<void>((resolve) => {
        onAsked = resolve;
      });
    }
    return asked.shift() as (typeof asked)[number];
  };
  const answer = async (result: ProbeResult) => {
    (await next()).answer(result);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { prober, asked, next, answer };
}

const pass: ProbeResult = { kind: 'pass' };

test('a new target is probed at once, and ready after two passes', async (t) => {
  const { prober, answer } = setUp(t);
  prober.watch([target('a')]);
  assert.equal(prober.settled(), false);
  await answer(pass);
  assert.equal(prober.health()[0]?.ready, false);
  await answer(pass);
  assert.equal(prober.health()[0]?.ready, true);
  assert.equal(prober.settled(), true);
});

test('a restarted container, another one and another address are not ready until probed; a new interval changes nothing', async (t) => {
  const { prober, answer } = setUp(t);
  prober.watch([target('a')]);
  await answer(pass);
  await answer(pass);
  const probe = { port: 80, interval: 50_000, timeout: 1000, failures: 2 };
  prober.watch([target('a', { probe })]);
  assert.equal(prober.health()[0]?.ready, true);
  for (const changes of [
    { startedAt: engineTime(2) },
    { startedAt: engineTime(2), container: 'd' },
    { startedAt: engineTime(2), container: 'd', address: '127.0.0.2' },
  ]) {
    prober.watch([target('a', changes)]);
    assert.equal(prober.health()[0]?.ready, false, JSON.stringify(changes));
    await answer(pass);
    await answer(pass);
    assert.equal(prober.health()[0]?.ready, true);
  }
});

test('the answer of a probe that began before a restart does not count', async (t) => {
  const { prober, next } = setUp(t);
  prober.watch([target('a')]);
  const old = await next();
  prober.watch([target('a', { startedAt: engineTime(2) })]);
  old.answer(pass);
  (await next()).answer(pass);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([prober.health()[0]?.ready, prober.health()[0]?.passes], [false, 1]);
});

test('a target found down is not ready at once, and is probed although its interval is long', async (t) => {
  const { prober, answer } = setUp(t);
  prober.watch([target('a')]);
  await answer(pass);
  await answer(pass);
  prober.foundDown(target('a'), 'refused');
  assert.deepEqual([prober.health()[0]?.ready, prober.health()[0]?.error], [false, 'refused']);
  await answer(pass);
  await answer(pass);
  assert.equal(prober.health()[0]?.ready, true);
});

test('that an earlier start was found down says nothing about the one that runs', async (t) => {
  const { prober, answer } = setUp(t);
  prober.watch([target('a', { startedAt: engineTime(2) })]);
  await answer(pass);
  await answer(pass);
  for (const changes of [
    { startedAt: engineTime(1) },
    { startedAt: engineTime(2), container: 'b' },
    { startedAt: engineTime(2), address: '127.0.0.2' },
  ]) {
    prober.foundDown(target('a', changes), 'refused');
    assert.equal(prober.health()[0]?.ready, true, JSON.stringify(changes));
  }
  prober.foundDown(target('a', { startedAt: engineTime(2) }), 'refused');
  assert.equal(prober.health()[0]?.ready, false);
});

test('no more probes are under way than allowed, and each target has its turn', async (t) => {
  const { prober, asked, next } = setUp(t, 2);
  prober.watch(['a', 'b', 'c', 'd', 'e'].map((task) => target(task)));
  const seen = new Set<string>();
  while (seen.size < 5) {
    const one = await next();
    assert.ok(asked.length < 2);
    seen.add(one.task);
    one.answer({ kind: 'miss', error: 'no' });
  }
});

test('probes that get no answer keep no other target from being probed', async (t) => {
  const { prober, asked, next, answer } = setUp(t, 2);
  const hung = ['a', 'b', 'c', 'd', 'e'].map((task) => target(task));
  prober.watch(hung);
  for (const { task } of hung) assert.equal((await next()).task, task);
  prober.watch([...hung, target('fine', { service: 'q/web' })]);
  await answer(pass);
  await answer(pass);
  assert.equal(prober.health().at(-1)?.ready, true);
  assert.equal(asked.length, 0, 'a probe that waits is not begun again');
});

test('the probe of a target that leaves, or begins anew, is aborted', async (t) => {
  const { prober, next } = setUp(t);
  prober.watch([target('a'), target('b'), target('c')]);
  const probes = [await next(), await next(), await next()];
  prober.watch([target('a', { startedAt: engineTime(2) }), target('c')]);
  assert.deepEqual(
    probes.map(({ signal }) => signal.aborted),
    [true, true, false],
  );
});

test('a target that leaves is probed no more', async (t) => {
  const { prober, next, asked } = setUp(t);
  prober.watch([target('a')]);
  const one = await next();
  prober.watch([]);
  one.answer(pass);
  prober.watch([target('b')]);
  assert.equal((await next()).task, 'b');
  assert.equal(asked.length, 0);
  assert.deepEqual(
    prober.health().map(({ task }) => task),
    ['b'],
  );
});
