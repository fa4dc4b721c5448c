import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetStats } from '../../../../src/core/route/protocol.ts';
import { createLedger } from '../../../../src/dataplane/supervisor/ledger.ts';

const stats = (task: string, changes: Partial<TargetStats> = {}): TargetStats => ({
  task,
  inflight: 0,
  streams: 0,
  requests: 0,
  errors: 0,
  failed: 0,
  ...changes,
});

test('the counters of all workers are summed, by task', () => {
  const ledger = createLedger();
  ledger.keep(new Set(['a', 'b']));
  ledger.report(1, [stats('b', { requests: 1 }), stats('a', { requests: 2, inflight: 1 })]);
  ledger.report(2, [stats('a', { requests: 3, streams: 1 })]);
  assert.deepEqual(ledger.totals(), [
    stats('a', { requests: 5, inflight: 1, streams: 1 }),
    stats('b', { requests: 1 }),
  ]);
});

test('what a dead worker counted stays, and what it had in flight has failed', () => {
  const ledger = createLedger();
  ledger.keep(new Set(['a']));
  ledger.report(1, [stats('a', { requests: 10, inflight: 2, streams: 1, failed: 1 })]);
  ledger.close(1);
  ledger.report(2, [stats('a', { requests: 1 })]);
  assert.deepEqual(ledger.totals(), [stats('a', { requests: 11, failed: 3 })]);
});

test('a task that left the table is told of until its last request is done', () => {
  const ledger = createLedger();
  ledger.keep(new Set(['a']));
  ledger.report(1, [stats('a', { requests: 1, inflight: 1 })]);
  ledger.keep(new Set());
  assert.deepEqual(ledger.totals(), [stats('a', { requests: 1, inflight: 1 })]);
  ledger.report(1, [stats('a', { requests: 1 })]);
  assert.deepEqual(ledger.totals(), []);
});
