import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatCpu,
  formatDuration,
  formatMemory,
  parseCpu,
  parseDuration,
  parseMemory,
  parsePercent,
  type Reading,
} from '../../../src/core/units.ts';

const read = <T>(reading: Reading<T>): T | undefined => ('value' in reading ? reading.value : undefined);
const hintOf = (reading: Reading<unknown>): string | undefined => ('value' in reading ? undefined : reading.hint);

test('sizes', () => {
  const sizes = {
    '512Mi': 2 ** 29,
    '1G': 1e9,
    '1GB': 1e9,
    '1GiB': 2 ** 30,
    '1.5Gi': 1.5 * 2 ** 30,
    '0.1G': 1e8,
    '10K': 1e4,
    '2Ti': 2 ** 41,
    '1025B': 1025,
  };
  for (const [text, bytes] of Object.entries(sizes)) assert.equal(read(parseMemory(text)), bytes, text);
});

test('sizes that could be read in two ways, or in none, are refused', () => {
  assert.equal(hintOf(parseMemory('4g')), 'did you mean 4G or 4Gi?');
  assert.equal(hintOf(parseMemory('4gb')), 'did you mean 4G or 4Gi?');
  assert.equal(hintOf(parseMemory('512mi')), 'did you mean 512Mi?');
  assert.match(hintOf(parseMemory(512)) ?? '', /512Mi/);
  for (const text of ['', 'Mi', '-1Mi', '1e3', '1 0Mi', '0.0001K', '99999999T', 'unlimited', '0x10', 'NaN']) {
    assert.equal(read(parseMemory(text)), undefined, text);
  }
});

test('durations', () => {
  const durations = {
    '500ms': 500,
    '30s': 30_000,
    '1.5s': 1500,
    '5m': 300_000,
    '2h': 7_200_000,
    '7d': 604_800_000,
    '0s': 0,
  };
  for (const [text, ms] of Object.entries(durations)) assert.equal(read(parseDuration(text)), ms, text);
  assert.equal(hintOf(parseDuration(30)), 'a unit is needed: did you mean 30s?');
  assert.equal(hintOf(parseDuration('30sec')), 'did you mean 30s?');
  assert.equal(hintOf(parseDuration('5M')), 'did you mean 5m?');
  assert.match(hintOf(parseDuration('1h30m')) ?? '', /did you mean 90m\?/);
  for (const text of ['', 's', '-1s', '1.0001ms', '1y', '5 5s'])
    assert.equal(read(parseDuration(text)), undefined, text);
});

test('cores and percentages', () => {
  assert.deepEqual(
    [0.5, '0.5', '2', 1024].map((text) => read(parseCpu(text))),
    [0.5, 0.5, 2, 1024],
  );
  assert.deepEqual(
    [0, -1, '1025', '0.001', Number.NaN, 'all'].map((text) => read(parseCpu(text))),
    Array(6).fill(undefined),
  );
  assert.equal(hintOf(parseCpu('250m')), 'did you mean 0.25?');
  assert.deepEqual(
    ['1%', '0.5%', '100%', '101%', '1'].map((text) => read(parsePercent(text))),
    [1, 0.5, 100, undefined, undefined],
  );
  assert.equal(hintOf(parsePercent(1)), 'did you mean 1%?');
});

test('what is formatted reads back as itself', () => {
  const whole = fc.oneof(
    fc.nat(),
    fc.nat(4096).map((n) => n * 2 ** 20),
    fc.nat(4000).map((n) => n * 1e6),
    fc.nat({ max: 2 ** 40 }),
  );
  fc.assert(fc.property(whole, (bytes) => assert.equal(read(parseMemory(formatMemory(bytes))), bytes)));
  fc.assert(fc.property(whole, (ms) => assert.equal(read(parseDuration(formatDuration(ms))), ms)));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 102_400 }), (n) => assert.equal(read(parseCpu(formatCpu(n / 100))), n / 100)),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), (n) => assert.equal(read(parsePercent(`${n / 10}%`)), n / 10)),
  );
});

test('the shortest exact spelling is chosen', () => {
  assert.deepEqual([2 ** 29, 1e6, 1025, 0, 10 * 2 ** 20].map(formatMemory), ['512Mi', '1M', '1025B', '0B', '10Mi']);
  assert.deepEqual([0, 500, 90_000, 120_000, 86_400_000].map(formatDuration), ['0s', '500ms', '90s', '2m', '1d']);
});

test('no text makes a reader throw', () => {
  const readers = [parseMemory, parseDuration, parseCpu, parsePercent];
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.double(), fc.stringMatching(/^\d{0,20}\.?\d{0,12} ?[a-zA-Z%]{0,14}$/)),
      (text) => {
        for (const reader of readers) {
          const value = read(reader(text));
          assert.ok(value === undefined || (Number.isFinite(value) && value >= 0));
        }
      },
    ),
  );
});
