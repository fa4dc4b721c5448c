import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSteadyClock } from '../../src/steady-clock.ts';

const HOUR = 3_600_000;

function machine() {
  const time = { wall: 1_800_000_000_000, steady: 500 };
  const clock = createSteadyClock(
    () => time.wall,
    () => time.steady,
  );
  const pass = (ms: number) => {
    time.wall += ms;
    time.steady += ms;
  };
  return { time, clock, pass };
}

test('time passes as on the machine', () => {
  const { time, clock, pass } = machine();
  pass(90_000);
  assert.equal(clock.now(), time.wall);
});

for (const set of [HOUR, -HOUR]) {
  test(`a clock that is set by ${set} ms moves no deadline by more than half, never goes back, and is right in the end`, () => {
    const { time, clock, pass } = machine();
    const before = clock.now();
    time.wall += set;
    assert.equal(clock.now(), before);
    pass(100_000);
    const passed = clock.now() - before;
    assert.ok(passed >= 50_000 && passed <= 150_000, String(passed));
    for (let i = 0; i < 8000; i++) {
      const last = clock.now();
      pass(1000);
      assert.ok(clock.now() >= last);
    }
    assert.equal(clock.now(), time.wall);
  });
}

test('a clock that never was right is left at once', () => {
  const { time, clock } = machine();
  time.wall += 1000 * HOUR;
  assert.equal(clock.now(), time.wall);
});
