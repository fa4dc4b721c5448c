import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSince, MAX_AUDIT, MAX_LIMIT, MAX_REPLICAS, MAX_TAIL } from '../../../cli/bounds.ts';
import { MAX_AUDIT as MOST_AUDITED } from '../../../src/contract/audit.ts';
import { deployments } from '../../../src/contract/deployments.ts';
import * as logContract from '../../../src/contract/logs.ts';
import * as serviceContract from '../../../src/contract/services.ts';
import { Since } from '../../../src/contract/since.ts';

describe('the bounds of the command line', () => {
  it('of the audit log are those of the API', () => assert.equal(MAX_AUDIT, MOST_AUDITED));

  it('are those of the contract', () => {
    assert.deepEqual([MAX_REPLICAS, MAX_TAIL], [serviceContract.MAX_REPLICAS, logContract.MAX_TAIL]);
    const accepted = (limit: number) => deployments.query.safeParse({ limit: String(limit) }).success;
    assert.deepEqual([accepted(MAX_LIMIT), accepted(MAX_LIMIT + 1)], [true, false]);
  });

  it('take and refuse the same times as the contract, and no day that there is not', () => {
    const times = [
      '10m',
      '5ms',
      '3d',
      `${'9'.repeat(12)}d`,
      '1760000000000',
      '2026-01-31',
      '2026-01-31T12:00:00Z',
      '2026-01-31T12:00:00.5+01:00',
    ];
    const others = [
      'yesterday',
      '10',
      '10 m',
      '-5m',
      '2026-1-1',
      '',
      '2026-01-31 12:00',
      `${'9'.repeat(13)}s`,
      `${'9'.repeat(309)}d`,
    ];
    for (const text of [...times, ...others]) assert.equal(isSince(text), Since.safeParse(text).success, text);
    assert.deepEqual([others.some(isSince), times.every(isSince)], [false, true]);
    assert.equal(isSince('2026-13-01'), false);
  });
});
