import assert from 'node:assert/strict';
import { test } from 'node:test';
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
