import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createExecutor } from '../../../../src/controllers/services/executor.ts';
import type { Step } from '../../../../src/core/rollout/step.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';
import { revision } from '../support/shop.ts';

const step: Step = { kind: 'route', task: 'web-1-a', slot: 1, reason: 'it is ready' };

function begin(work: () => Promise<void>) {
  let now = 1_000_000_000;
  const done: string[] = [];
  const executor = createExecutor({
    assign: work,
    pull: work,
    task: work,
    deployment: work,
    forget: work,
    onDone: (key) => void done.push(key),
    clock: { now: () => now },
    log: createLogger({ level: 'silent' }),
  });
  const run = async (steps: readonly Step[] = [step], ticket = executor.ticket()) => {
    const rested = executor.begin(revision(), steps, ticket);
    await executor.idle();
    return rested;
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { executor, run, done, pass };
}

test('a step that fails rests, longer each time, and its words are told until it succeeds', async () => {
  let fails = true;
  const { executor, run, pass } = begin(async () => {
    if (fails) throw new Error('docker has no space left');
  });
  await run();
  assert.equal(executor.trouble('shop/web'), undefined, 'one failure is no trouble yet');
  const until = (await run()) ?? 0;
  assert.ok(until > 1_000_000_000);
  pass(until - 1_000_000_000);
  await run();
  assert.equal(executor.trouble('shop/web'), 'docker has no space left');
  assert.equal(executor.trouble('shop/api'), undefined);
  fails = false;
  pass(10_000);
  await run();
  assert.equal(executor.trouble('shop/web'), undefined);
});

test('copies of logs that hang keep nobody from being buried', async () => {
  let release = () => {};
  const hung = new Promise<void>((resolve) => {
    release = resolve;
  });
  const begun: string[] = [];
  const { executor } = begin(async () => {
    begun.push('step');
    await hung;
    throw new Error('docker stopped sending a log');
  });
  const of = (kind: 'sweep' | 'bury', at: number): Step =>
    ({ kind, task: `web-1-${kind}${at}`, slot: 1, node: 'local', reason: 'it has ended' }) as Step;
  executor.begin(
    revision(),
    Array.from({ length: 40 }, (_, at) => of('sweep', at)),
    executor.ticket(),
  );
  const sweeps = begun.length;
  executor.begin(revision(), [of('bury', 0)], executor.ticket());
  assert.deepEqual([sweeps, begun.length], [16, 17]);
  release();
  await executor.idle();
});

test('a copy of a log that fails again and again is no trouble: nothing waits for it', async () => {
  const { executor, run, pass } = begin(async () => {
    throw new Error('docker stopped sending a log');
  });
  const sweep: Step = { kind: 'sweep', task: 'web-1-a', slot: 1, node: 'local', reason: 'web.1 has ended' };
  for (let tries = 0; tries < 3; tries += 1) {
    await run([sweep]);
    pass(10_000);
  }
  assert.equal(executor.trouble('shop/web'), undefined);
});

test('a rest is over when the clock was set back, and is forgotten when its step is not wanted any more', async () => {
  const { executor, run, done, pass } = begin(async () => {
    throw new Error('no');
  });
  await run();
  pass(-3_600_000);
  await run();
  assert.equal(done.length, 2);
  pass(10_000);
  await run();
  assert.equal(executor.trouble('shop/web'), 'no');
  pass(3_600_000);
  await run([]);
  assert.equal(executor.trouble('shop/web'), undefined);
});

test('a step that has ended since a pass began to read is not begun by that pass', async () => {
  const { executor, run, done } = begin(async () => {});
  const before = executor.ticket();
  await run();
  await run([step], before);
  assert.equal(done.length, 1);
  await run();
  assert.equal(done.length, 2);
});

const starts = (count: number, node = 'local'): Step[] =>
  Array.from({ length: count }, (_, n) => ({ kind: 'start', task: `t${n}`, slot: n, node, reason: 'it is wanted' }));

test('no more than 16 starts of a service are under way, 32 in all; what waits is planned again, others first', async () => {
  const working: (() => void)[] = [];
  const { executor, done } = begin(() => new Promise<void>((resolve) => working.push(resolve)));
  const ask = (service: string, steps: readonly Step[]) => {
    executor.begin({ ...revision(), service }, steps, executor.ticket());
    return working.length;
  };
  assert.equal(ask('web', starts(1000)), 16);
  assert.equal(ask('web', starts(1000)), 16, 'those under way are not begun again');
  assert.equal(ask('api', starts(40)), 32);
  assert.equal(ask('db', starts(1)), 32);
  assert.equal(ask('db', [step]), 33, 'what the engine is not asked for needs no place');
  working[0]?.();
  await setImmediate();
  assert.deepEqual(done, ['shop/api', 'shop/db', 'shop/web']);
  assert.equal(ask('db', starts(1)), 34);
  for (const end of working) end();
  await executor.idle();
  assert.equal(ask('web', []), 34, 'what is not wanted any more is not begun');
});

test('each node has places of its own: a slow engine takes none of another', async () => {
  const asked: string[] = [];
  const { executor } = begin(async () => void asked.push('step'));
  const ask = (service: string, steps: readonly Step[]) =>
    executor.begin({ ...revision(), service }, steps, executor.ticket());
  ask('web', starts(40));
  ask('api', starts(40));
  assert.equal(asked.length, 32);
  ask('db', starts(3, 'other'));
  assert.equal(asked.length, 35);
  await executor.idle();
});
