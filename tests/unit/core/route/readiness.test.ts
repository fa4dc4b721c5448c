import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { delayOf, type ProbeResult, type Readiness, step, unprobed } from '../../../../src/core/route/readiness.ts';
import type { Probe } from '../../../../src/core/route/table.ts';

const probe: Probe = { port: 80, interval: 1000, timeout: 500, failures: 3 };
const pass: ProbeResult = { kind: 'pass' };
const miss: ProbeResult = { kind: 'miss', error: 'refused' };
const down: ProbeResult = { kind: 'down', error: 'nobody there' };

/** Results, each a second after the last. */
const after = (results: readonly ProbeResult[], start: Readiness = unprobed(0)): Readiness =>
  results.reduce((state, result, i) => step(state, result, probe, start.since + (i + 1) * 1000), start);

const probes = fc.record({
  port: fc.constant(80),
  interval: fc.integer({ min: 50, max: 60_000 }),
  timeout: fc.constant(1000),
  failures: fc.integer({ min: 1, max: 10 }),
});
const results = fc.array(
  fc.record({ result: fc.constantFrom(pass, pass, miss, down), wait: fc.integer({ min: 0, max: 5000 }) }),
  { maxLength: 60 },
);

/** Every state on the way, the first one included. */
function history(settings: Probe, given: readonly { result: ProbeResult; wait: number }[]) {
  let now = 0;
  let state = unprobed(0);
  return given.map(({ result, wait }) => {
    now += wait;
    const before = state;
    state = step(before, result, settings, now);
    return { before, result, state, now };
  });
}

test('one pass is not enough, two in a row make it ready', () => {
  assert.equal(after([pass]).ready, false);
  assert.equal(after([pass, miss, pass]).ready, false);
  const state = after([pass, miss, pass, pass]);
  assert.equal(state.ready, true);
  assert.equal(state.since, 4000);
  assert.equal(state.error, undefined);
});

test('a ready target survives fewer misses than its limit, and a pass begins the count anew', () => {
  const ready = after([pass, pass]);
  assert.equal(after([miss, miss], ready).ready, true);
  assert.equal(after([miss, miss, pass, miss, miss], ready).ready, true);
  const out = after([miss, miss, miss], ready);
  assert.deepEqual([out.ready, out.misses, out.error, out.wasReady], [false, 3, 'refused', true]);
});

test('a target found down is out at once, and a miss counted for each that was allowed', () => {
  const out = after([down], after([pass, pass]));
  assert.deepEqual([out.ready, out.misses, out.error], [false, 3, 'nobody there']);
});

test('one that is found down while it starts needs its two passes anew', () => {
  const starting = after([pass, down, pass]);
  assert.equal(starting.ready, false);
  assert.equal(after([pass], starting).ready, true);
});

test('quick probes of one that is not ready count as one miss an interval', () => {
  let state = after([pass, pass, miss, miss, miss]);
  for (let i = 1; i <= 20; i += 1) state = step(state, miss, probe, 5000 + i * 100);
  assert.equal(state.misses, 5);
});

test('probes come at once, then slow down to one a second, and after a first pass the second comes soon', () => {
  const delays: number[] = [];
  let state = unprobed(0);
  for (let i = 0; i < 14; i += 1) {
    delays.push(Math.round(delayOf(state, probe)));
    state = step(state, miss, probe, i);
  }
  assert.deepEqual(delays, [0, 25, 38, 56, 84, 127, 190, 285, 427, 641, 961, 1000, 1000, 1000]);
  assert.equal(delayOf(step(state, pass, probe, 99), probe), 10);
  assert.equal(delayOf(after([pass, pass]), probe), 1000);
});

test('it is ready only with two passes behind it, and leaves only for enough misses or found down', () => {
  fc.assert(
    fc.property(probes, results, (settings, given) => {
      const steps = history(settings, given);
      steps.forEach(({ before, result, state }, i) => {
        if (!before.ready && state.ready) {
          assert.deepEqual([steps[i - 1]?.result, result], [pass, pass]);
        }
        if (before.ready && !state.ready && result.kind === 'miss') {
          const last = steps.slice(i + 1 - settings.failures, i + 1);
          assert.ok(last.length === settings.failures && last.every((one) => one.result.kind === 'miss'));
        }
        if (state.ready) assert.ok(state.misses < settings.failures && state.wasReady);
      });
    }),
  );
});

test('`since` moves when `ready` does and at no other time', () => {
  fc.assert(
    fc.property(probes, results, (settings, given) => {
      for (const { before, state, now } of history(settings, given)) {
        assert.equal(state.since, before.ready === state.ready ? before.since : now);
      }
    }),
  );
});

test('a pass ends the misses, and the next probe is never further off than an interval or a second', () => {
  fc.assert(
    fc.property(probes, results, (settings, given) => {
      for (const { result, state } of history(settings, given)) {
        if (result.kind === 'pass') assert.equal(state.misses, 0);
        const delay = delayOf(state, settings);
        assert.ok(delay >= 0 && delay <= (state.ready ? settings.interval : 1000));
      }
    }),
  );
});
