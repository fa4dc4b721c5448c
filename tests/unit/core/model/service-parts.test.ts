import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Service } from '../../../../src/core/model/service.ts';
import { outcomeFor, type Parts, serviceOf, type Wish, wishFor } from '../../../../src/core/model/service-parts.ts';

const FIRST: Service = {
  project: 'shop',
  name: 'web',
  revision: 1,
  replicas: 2,
  paused: false,
  removing: false,
  deployment: 1,
  createdAt: 7,
};

/** Nothing of a service is lost or made up: whoever changes it, it is read as that left it. */
class Lab {
  service = FIRST;
  parts: Parts = { wish: wishFor(FIRST, undefined) };

  /** As the API does. */
  wish(change: Partial<Service>): void {
    this.service = plain({ ...this.service, ...change });
    this.parts = { ...this.parts, wish: wishFor(this.service, this.parts) };
    assert.deepEqual(serviceOf(this.parts), this.service);
  }

  /** As controllers do. */
  become(change: Partial<Service>): void {
    const { wish } = this.parts;
    this.service = plain({ ...this.service, ...change });
    this.parts = { wish, outcome: outcomeFor(this.service, this.parts) };
    assert.deepEqual(serviceOf(this.parts), this.service);
  }
}

const plain = (service: Service): Service => JSON.parse(JSON.stringify(service));

const count = fc.record({ replicas: fc.nat(3), scaledFrom: fc.option(fc.nat(3), { nil: undefined }) });
const act = fc.oneof(
  fc.record({ do: fc.constant('deploy' as const), count }),
  fc.record({ do: fc.constant('scale' as const), count }),
  fc.record({ do: fc.constant('pause' as const), paused: fc.boolean() }),
  fc.record({ do: fc.constant('succeed' as const) }),
  fc.record({ do: fc.constant('go back' as const), count }),
  fc.record({ do: fc.constant('take back' as const), count }),
  fc.record({ do: fc.constant('end' as const) }),
);

describe('a service in two records', () => {
  it('is what it was made, by whomever, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const lab = new Lab();
        let last = 1;
        for (const one of acts) {
          const { service } = lab;
          const isActive = service.deployment !== undefined;
          if (one.do === 'deploy') {
            last += 1;
            lab.wish({ revision: last, deployment: last, paused: false, ...one.count });
          }
          if (one.do === 'scale') lab.wish(one.count);
          if (one.do === 'pause') lab.wish({ paused: one.paused });
          if (one.do === 'succeed' && isActive) lab.become({ stable: service.revision, deployment: undefined });
          if (one.do === 'go back' && isActive && service.stable !== undefined)
            lab.become({ revision: service.stable, ...one.count });
          if (one.do === 'take back' && isActive && service.stable !== undefined && service.revision === last)
            lab.wish({ revision: service.stable, ...one.count });
          if (one.do === 'end' && isActive) lab.become({ deployment: undefined });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps what a user asked for when that has failed', () => {
    const lab = new Lab();
    lab.become({ stable: 1, deployment: undefined });
    lab.wish({ revision: 2, replicas: 5, deployment: 2 });
    const asked = lab.parts.wish;
    lab.become({ revision: 1, replicas: 2 });
    lab.become({ deployment: undefined });
    assert.deepEqual([lab.service.revision, lab.service.replicas], [1, 2]);
    assert.equal(lab.parts.wish, asked);
    assert.deepEqual([asked.revision, asked.replicas], [2, 5]);
  });

  it('obeys a count set by hand after it has gone back, also one that is the failed count', () => {
    const lab = new Lab();
    lab.become({ stable: 1, deployment: undefined });
    lab.wish({ revision: 2, replicas: 5, deployment: 2 });
    lab.become({ revision: 1, replicas: 2, deployment: undefined });
    lab.wish({ replicas: 5 });
    assert.deepEqual([lab.service.revision, lab.service.replicas], [1, 5]);
  });

  it('is as an earlier version left it, until something comes of a wish', () => {
    const wish: Wish = { ...FIRST, deployment: undefined, stableBefore: 1 };
    assert.equal(serviceOf({ wish }).stable, 1);
    const outcome = outcomeFor({ ...FIRST, stable: 3 }, { wish });
    assert.equal(serviceOf({ wish, outcome }).stable, 3);
  });

  it('has nothing of a purged one of its name', () => {
    const outcome = { project: 'shop', name: 'web', stable: 9, ended: 99, createdAt: 1 };
    assert.deepEqual(serviceOf({ wish: FIRST, outcome }), FIRST);
  });
});
