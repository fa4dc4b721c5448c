import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trafficLines } from '../../../cli/output/traffic.ts';
import type { TrafficStatus } from '../../../src/contract/status.ts';

const NOW = new Date(2026, 0, 2, 15, 0, 0).getTime();
const MINUTE = 60_000;

type Revision = TrafficStatus['revisions'][number];

const revision = (changes: Partial<Revision>): Revision => ({
  revision: 3,
  share_asked: null,
  share: null,
  requests: 0,
  errors: 0,
  failed: 0,
  error_share: 0,
  p50_ms: 4,
  p99_ms: 30,
  ...changes,
});

const canary = [
  revision({ revision: null, requests: 1, errors: 1, error_share: 1 }),
  revision({ requests: 7512, share_asked: 0.75, share: 0.7512 }),
  revision({ revision: 4, requests: 2488, errors: 5, error_share: 5 / 2488, share_asked: 0.25, share: 0.2488 }),
];

const lines = (minutes: number, revisions: readonly Revision[], since = NOW - (minutes - 0.5) * MINUTE) =>
  trafficLines({ minutes, since, revisions: [...revisions] }, NOW);

test('of a canary the share asked for stands beside the one it had, over the minutes of its step', () => {
  assert.deepEqual(lines(7, canary), [
    'in the last 7 min of this step:',
    '  no task was ready: 1 request, 1 error (100 %)',
    '  revision 3: 75 % asked for, had 75.1 %: 7512 requests, 0 errors (0 %), p50 4 ms, p99 30 ms',
    '  revision 4: 25 % asked for, had 24.9 %: 2488 requests, 5 errors (0.2 %), p50 4 ms, p99 30 ms',
  ]);
});

test('a revision of a canary that got no request is there too', () => {
  const [, old, fresh] = canary;
  assert.ok(old && fresh);
  const none = revision({ revision: 4, share_asked: 0.25, share: 0, p50_ms: null, p99_ms: null });
  assert.equal(lines(2, [old, none])[2], '  revision 4: 25 % asked for, had 0 %: 0 requests, 0 errors (0 %)');
  assert.deepEqual(lines(2, [{ ...none, share: null }]), ['no requests in the last 2 min of this step']);
});

test('before the first whole minute of a step nothing is compared', () => {
  assert.deepEqual(lines(0, [revision({ share_asked: 0.75 })]), [
    'requests of this step are compared from its first whole minute on',
  ]);
});

test('minutes that were not counted whole say since when they are', () => {
  const since = NOW - 113_000;
  assert.equal(
    lines(7, canary, since)[0],
    'in the last 7 min of this step, counted since 14:58:07, when the server began:',
  );
  assert.deepEqual(lines(5, [], since), [
    'no requests in the last 5 min, counted since 14:58:07, when the server began',
  ]);
});
