import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Revision } from '../../../../src/core/model/revision.ts';
import { type Past, succeededIn, wayBack } from '../../../../src/core/rollout/way-back.ts';
import { deployment, revision, service } from '../../controllers/support/shop.ts';
import { spec } from './spec.ts';

/** Each of its own spec, and each a success unless said. */
const one = (number: number, rest: Partial<Revision> = {}): Revision =>
  revision({ number, spec: spec({ env: { N: String(number) } }), succeededAt: number, ...rest });
const past = (wanted: number, revisions: readonly Revision[], rest: Partial<Past> = {}): Past => ({
  service: service({ revision: wanted, stable: wanted }),
  revisions,
  deployments: [],
  ...rest,
});
const back = (given: Past) => wayBack(given)?.number;
const failed = { succeededAt: undefined };

describe('the way back', () => {
  it('is the newest revision before the running one that succeeded', () => {
    assert.equal(back(past(3, [one(1), one(2), one(3)])), 2);
    assert.equal(back(past(4, [one(1), one(2, failed), one(3, failed), one(4)])), 1);
    assert.equal(back(past(1, [one(1)])), undefined);
  });

  it('does not toggle: after a rollback it is what came before the revision that was gone back to', () => {
    const again = one(4, { spec: one(2).spec, rollbackOf: 2 });
    assert.equal(back(past(4, [one(1), one(2), one(3), again])), 1);
    const twice = one(5, { spec: one(1).spec, rollbackOf: 1 });
    assert.equal(back(past(5, [one(1), one(2), one(3), again, twice])), undefined);
    assert.equal(back(past(6, [one(1), one(2), one(3), again, twice, one(6, { rollbackOf: 4 })])), 1);
  });

  it('of a deployment in progress, or of one that failed, is what served before it', () => {
    const running = service({ revision: 3, stable: 2, deployment: 9 });
    assert.equal(back(past(3, [one(1), one(2), one(3, failed)], { service: running })), 2);
  });

  it('is nothing that is the same as what runs', () => {
    const same = one(3, { spec: one(2).spec });
    assert.equal(back(past(3, [one(1), one(2), same])), 1);
    const image = { ref: 'acme/web:1', digest: 'sha256:2', pinned: 'acme/web@sha256:2' };
    assert.equal(back(past(3, [one(1), one(2), { ...same, image }])), 2, 'another digest is another revision');
  });

  it('is known from deployments for revisions of before they told of their success, and from none of a service purged since', () => {
    const old = [one(1, failed), one(2, failed), one(3, failed)];
    const deployments = [1, 2, 3].map((to) => deployment({ id: to, to, state: to === 2 ? 'failed' : 'succeeded' }));
    assert.equal(back(past(3, old, { deployments })), 1);
    const anew = past(3, old, { deployments, service: service({ revision: 3, stable: 3, createdAt: 5 }) });
    assert.deepEqual([...succeededIn(anew)], [3]);
    assert.equal(back(anew), undefined);
  });
});
