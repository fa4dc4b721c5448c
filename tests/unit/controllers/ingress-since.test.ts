import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIngressSince } from '../../../src/controllers/ingress-since.ts';

test('a data plane, and each change of its workers, is given its time', () => {
  let now = 100;
  let connected: { since: number; pid: number; version: string } | undefined;
  let workers: { id: number; pid: number; table: null; draining: boolean }[] = [];
  const link = { connected: () => connected, workers: () => workers };
  const other = { connected: () => undefined, workers: () => undefined };
  const since = createIngressSince(() => [link, other], { now: () => now });
  assert.equal(since(), undefined);
  connected = { since: 100, pid: 1, version: '' };
  assert.equal(since(), 100);
  now = 200;
  assert.equal(since(), 100);
  workers = [{ id: 1, pid: 2, table: null, draining: false }];
  assert.equal(since(), 200);
  now = 300;
  assert.equal(since(), 200);
  connected = undefined;
  assert.equal(since(), undefined);
  connected = { since: 300, pid: 1, version: '' };
  assert.equal(since(), 300);
});
