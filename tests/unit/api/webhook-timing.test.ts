import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { isSame } from '../../../src/api/webhooks/proof.ts';

type Compare = (a: Uint8Array, b: Uint8Array) => boolean;

const COMPARED = 100_000;
const PER_SAMPLE = 20;
/** Beyond this two sets of times are held to differ. */
const DIFFERENT = 4.5;
const TRIES = 5;

/** What a guess may learn from: one that is wrong in its first byte against one that is wrong in its last. */
function leak(compare: Compare): number {
  const right = randomBytes(32);
  const wrongAt = (at: number) => Buffer.from(right.map((byte, i) => (i === at ? byte ^ 1 : byte)));
  const guesses = [wrongAt(0), wrongAt(31)] as const;
  const times: [number[], number[]] = [[], []];
  const order = randomBytes(COMPARED);
  for (const byte of order) {
    const which = (byte & 1) as 0 | 1;
    const begun = process.hrtime.bigint();
    for (let n = 0; n < PER_SAMPLE; n += 1) if (compare(right, guesses[which])) assert.fail();
    times[which].push(Number(process.hrtime.bigint() - begun));
  }
  return Math.abs(welch(...(times.map(withoutInterruptions) as [number[], number[]])));
}

/** Others run on the machine: the slowest tenth is theirs. */
const withoutInterruptions = (times: readonly number[]): number[] =>
  times.toSorted((a, b) => a - b).slice(0, Math.floor(times.length * 0.9));

/** Welch's t. */
function welch(a: readonly number[], b: readonly number[]): number {
  const mean = (of: readonly number[]) => of.reduce((sum, one) => sum + one, 0) / of.length;
  const [left, right] = [mean(a), mean(b)];
  const variance = (of: readonly number[], center: number) =>
    of.reduce((sum, one) => sum + (one - center) ** 2, 0) / (of.length - 1) / of.length;
  return (left - right) / Math.sqrt(variance(a, left) + variance(b, right));
}

/** As it must not be. */
const early: Compare = (a, b) => {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
};

test('how much of a signature is right cannot be told by the time that it takes', () => {
  assert.ok(leak(early) > DIFFERENT, 'a comparison that ends early is found out');
  const found: number[] = [];
  while (found.length < TRIES && !found.some((t) => t < DIFFERENT)) found.push(leak(isSame));
  assert.ok(
    found.some((t) => t < DIFFERENT),
    `t: ${found.join(', ')}`,
  );
});
