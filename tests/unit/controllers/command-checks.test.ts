import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type CommandChecks, createCommandChecks } from '../../../src/controllers/command-checks.ts';
import { engineTime } from '../../../src/core/clock.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import type { CommandCheck } from '../../../src/core/route/command-checks.ts';
import type { CommandEnd } from '../../../src/engine/exec-to-end.ts';

interface Run {
  readonly task: string;
  readonly command: readonly string[];
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly end: PromiseWithResolvers<CommandEnd>;
}

const check = (task = 't1', rest: Partial<CommandCheck> = {}): CommandCheck => ({
  task,
  node: 'local',
  service: 'shop/db',
  container: `c-${task}`,
  startedAt: engineTime(1),
  command: ['pg_isready', '-q'],
  pace: { interval: 10_000, timeout: 2_000, failures: 3 },
  believed: false,
  ...rest,
});

const ends = (exitCode: number, output = ''): CommandEnd => ({ exitCode, late: false, output });

/** Time passes only when it is told to, and a command ends when the test ends it. */
function begin(t: TestContext, atOnce?: number) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000 });
  const runs: Run[] = [];
  const changes: string[] = [];
  const checks = createCommandChecks({
    run: ({ task, command, pace: { timeout: limit } }, signal) => {
      const end = Promise.withResolvers<CommandEnd>();
      runs.push({ task, command, limit, signal, end });
      return end.promise;
    },
    clock: { now: () => Date.now() },
    onChange: (key, change) => changes.push(`${key} ${change}`),
    ...(atOnce !== undefined && { atOnce }),
  });
  const pass = async (ms: number) => {
    t.mock.timers.tick(ms);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  const answer = async (end: CommandEnd | OrcaError) => {
    const run = runs.at(-1);
    if (end instanceof OrcaError) run?.end.reject(end);
    else run?.end.resolve(end);
    await pass(0);
  };
  return { runs, changes, checks, pass, answer };
}

const told = (checks: CommandChecks, task = 't1') => {
  const { ready, misses, error } = checks.health(task) ?? {};
  return { ready, misses, error };
};

describe('health commands', () => {
  it('are run in the container with their limit; two passes in a row make a task ready', async (t) => {
    const { runs, changes, checks, pass, answer } = begin(t);
    checks.watch([check()]);
    await pass(1);
    assert.deepEqual([runs[0]?.task, runs[0]?.command, runs[0]?.limit], ['t1', ['pg_isready', '-q'], 2_000]);
    await answer(ends(0));
    assert.equal(checks.health('t1')?.ready, false);
    await pass(100);
    await answer(ends(0));
    assert.equal(checks.health('t1')?.ready, true);
    assert.deepEqual(changes, ['shop/db detail', 'shop/db ready']);
    await pass(9_999);
    assert.equal(runs.length, 2);
    await pass(1);
    assert.equal(runs.length, 3);
  });

  it('take a task out after as many misses as its service says, and tell the last line that was written', async (t) => {
    const { changes, checks, pass, answer } = begin(t);
    checks.watch([check('t1', { believed: true })]);
    for (const ready of [true, true, false]) {
      await pass(10_000);
      await answer(ends(2, 'connecting\n\x1b[31mno response\x1b[0m\n\n'));
      assert.equal(checks.health('t1')?.ready, ready);
    }
    assert.equal(
      checks.health('t1')?.error,
      'the health command pg_isready exited with code 2:  [31mno response [0m'.replace(':  ', ': '),
    );
    assert.equal(changes.at(-1), 'shop/db ready');
  });

  it('that do not end in time are missed', async (t) => {
    const { checks, pass, answer } = begin(t);
    checks.watch([check()]);
    await pass(1);
    await answer({ exitCode: undefined, late: true, output: 'waiting for the lock' });
    assert.equal(
      checks.health('t1')?.error,
      'the health command pg_isready did not end within 2000 ms: waiting for the lock',
    );
  });

  it('that the engine could not run say nothing, and are run again', async (t) => {
    const { runs, checks, pass, answer } = begin(t);
    checks.watch([check('t1', { believed: true })]);
    await pass(1);
    for (const code of ['unavailable', 'not_found', 'conflict'] as const) {
      await answer(new OrcaError(code, 'not now'));
      await pass(1_000);
    }
    assert.deepEqual(told(checks), { ready: true, misses: 0, error: undefined });
    assert.equal(runs.length, 4);
  });

  it('that cannot be run at all are missed', async (t) => {
    const { checks, pass, answer } = begin(t);
    checks.watch([check()]);
    await pass(1);
    await answer(new OrcaError('invalid', 'docker cannot run a command: no such user'));
    assert.equal(checks.health('t1')?.error, 'docker cannot run a command: no such user');
  });

  it('begin anew with another start of the container, and the one that runs is ended', async (t) => {
    const { runs, checks, pass } = begin(t);
    checks.watch([check('t1', { believed: true })]);
    await pass(1);
    checks.watch([check('t1', { startedAt: engineTime(2) })]);
    assert.equal(runs[0]?.signal.aborted, true);
    assert.deepEqual([checks.health('t1')?.ready, checks.health('t1')?.startedAt], [false, engineTime(2)]);
    runs[0]?.end.resolve(ends(0));
    await pass(1);
    assert.deepEqual([runs.length, told(checks).ready, told(checks).misses], [2, false, 0]);
  });

  it('of a task that is gone are run no more', async (t) => {
    const { runs, checks, pass } = begin(t);
    checks.watch([check()]);
    checks.watch([]);
    await pass(60_000);
    assert.deepEqual([runs.length, checks.health('t1')], [0, undefined]);
  });

  it('keep what is known when nothing but the pace changes', async (t) => {
    const { runs, checks, pass, answer } = begin(t);
    checks.watch([check('t1', { believed: true })]);
    await pass(1);
    await answer(ends(1, 'busy'));
    checks.watch([check('t1', { pace: { interval: 500, timeout: 2_000, failures: 3 } })]);
    assert.equal(told(checks).misses, 1);
    await pass(500);
    assert.equal(runs.length, 2);
  });

  it('run a bounded number at once; one that is slow does not hold up the others', async (t) => {
    const { runs, checks, pass } = begin(t, 2);
    checks.watch(['a', 'b', 'c', 'd'].map((task) => check(task)));
    await pass(1);
    assert.deepEqual(
      runs.map(({ task }) => task),
      ['a', 'b'],
    );
    runs[0]?.end.resolve(ends(0));
    await pass(0);
    assert.deepEqual(
      runs.map(({ task }) => task),
      ['a', 'b', 'c'],
    );
    await pass(500);
    assert.ok(runs.some(({ task }) => task === 'd'));
  });

  it('are never run twice at a time in one container', async (t) => {
    const { runs, checks, pass } = begin(t);
    checks.watch([check()]);
    await pass(60_000);
    assert.equal(runs.length, 1);
  });
});
