import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outlived, REVISIONS_KEPT } from '../../../../src/core/rollout/retain.ts';
import { spec } from './spec.ts';

const revisions = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    project: 'shop',
    service: 'web',
    number: index + 1,
    spec: spec(),
    createdAt: 1,
  }));

describe('revisions', () => {
  it('are kept up to their number', () => {
    assert.deepEqual(outlived(revisions(REVISIONS_KEPT), new Set()), []);
  });

  it('are forgotten from the oldest on, unless something needs them', () => {
    const gone = outlived(revisions(REVISIONS_KEPT + 4), new Set([2])).map(({ number }) => number);
    assert.deepEqual(gone, [4, 3, 1]);
  });
});
