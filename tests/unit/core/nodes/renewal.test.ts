import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { NodeCertificate } from '../../../../src/core/model/node.ts';
import { afterShown, isOfNewest, needsCertificate, renewalAt } from '../../../../src/core/nodes/renewal.ts';

const certificate = (key: string, more: Partial<NodeCertificate> = {}): NodeCertificate => ({
  key,
  authorities: ['ca'],
  from: 0,
  until: 100,
  ...more,
});

describe('a certificate of a node', () => {
  it('is renewed after between 50 and 80 % of its life, each node at a moment of its own', () => {
    const moments = new Set<number>();
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z2-7]{16}$/), (id) => {
        const at = renewalAt(id, { from: 1_000, until: 2_000 });
        assert.ok(at >= 1_500 && at <= 1_800);
        moments.add(at);
      }),
    );
    assert.ok(moments.size > 50);
  });

  it('is renewed by the age of the newest one, and at once when another CA signs', () => {
    const of =
      (...certificates: NodeCertificate[]) =>
      (now: number, ...authorities: string[]) =>
        needsCertificate({ id: 'a', certificates }, { authorities, now });
    assert.equal(of(certificate('k'))(49, 'ca'), false);
    assert.equal(of(certificate('k'))(80, 'ca'), true);
    assert.equal(of(certificate('k'), certificate('l', { until: 1000 }))(80, 'ca'), false);
    assert.equal(of(certificate('k'))(1, 'ca2', 'ca'), true);
    const both = certificate('l', { authorities: ['ca2', 'ca'] });
    assert.equal(of(certificate('k'), both)(1, 'ca2', 'ca'), false);
    assert.equal(of(both)(1, 'ca2'), true, 'the old CA is to be forgotten');
    assert.equal(isOfNewest([certificate('k'), both], ['ca2', 'ca']), false);
    assert.equal(isOfNewest([both], ['ca2', 'ca']), true);
    assert.equal(
      of(...Array.from({ length: 8 }, (_, at) => certificate(`k${at}`)))(99, 'ca'),
      false,
      'not ever more of them',
    );
  });

  it('that is shown ends those before it, and never those that the node may have got since', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 8 }), fc.nat(7), (keys, at) => {
        const certificates = keys.map((key) => certificate(key));
        const shown = keys[Math.min(at, keys.length - 1)] ?? '';
        const left = afterShown(certificates, shown) ?? certificates;
        assert.equal(left[0]?.key, shown);
        assert.deepEqual(left, certificates.slice(keys.indexOf(shown)));
      }),
    );
    assert.equal(afterShown([certificate('k')], 'unknown'), undefined);
  });
});
