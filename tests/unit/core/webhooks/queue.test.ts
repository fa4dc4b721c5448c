import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Delivery } from '../../../../src/core/model/webhook.ts';
import { pushOutcome } from '../../../../src/core/webhooks/act.ts';
import { decideRepeat, KEPT, KEPT_FOR, outlivedDeliveries, planQueue } from '../../../../src/core/webhooks/queue.ts';
import { readRepository } from '../../../../src/core/webhooks/repository.ts';

const delivery = (turn: number, rest: Partial<Delivery> = {}): Delivery => ({
  webhook: 'h',
  key: String(turn),
  delivery: String(turn),
  at: turn,
  provider: 'github',
  event: 'push',
  digest: String(turn),
  outcome: 'queued',
  reason: '',
  deployments: [],
  turn,
  queuedAt: turn,
  ...rest,
});

describe('the queue of a webhook', () => {
  it('acts on the newest that waits, whatever the order and the clock, and supersedes all others that wait', () => {
    const any = fc.uniqueArray(fc.record({ turn: fc.nat(50), at: fc.nat(10), waits: fc.boolean() }), {
      selector: ({ turn }) => turn,
    });
    fc.assert(
      fc.property(any, (all) => {
        const deliveries = all.map(({ turn, at, waits }) =>
          delivery(turn, { at, outcome: waits ? 'queued' : 'deployed' }),
        );
        const waiting = deliveries.filter(({ outcome }) => outcome === 'queued');
        const { act, superseded } = planQueue(deliveries);
        assert.equal(act?.turn, waiting.length > 0 ? Math.max(...waiting.map(({ turn }) => turn)) : undefined);
        assert.equal(superseded.length, Math.max(0, waiting.length - 1));
        assert.ok(superseded.every((one) => one !== act && one.outcome === 'queued'));
      }),
    );
  });

  it('takes a failed one again only if nothing newer came', () => {
    assert.equal(decideRepeat(delivery(3, { outcome: 'failed' }), 3), 'again');
    assert.equal(decideRepeat(delivery(3, { outcome: 'failed' }), 4), 'told');
    for (const outcome of ['queued', 'deployed', 'unchanged', 'ignored', 'superseded', 'ping'] as const)
      assert.equal(decideRepeat(delivery(3, { outcome }), 3), 'told', outcome);
  });

  it('forgets after 7 days, or what is more than it keeps, and never what waits', () => {
    const old = [delivery(1), delivery(2, { outcome: 'deployed' }), delivery(3, { outcome: 'ignored', at: 10 })];
    assert.deepEqual(outlivedDeliveries(old, KEPT_FOR + 1), []);
    assert.deepEqual(
      outlivedDeliveries(old, KEPT_FOR + 2).map(({ turn }) => turn),
      [2],
    );
    const many = Array.from({ length: KEPT + 2 }, (_, turn) => delivery(turn, { outcome: 'deployed' }));
    assert.deepEqual(
      outlivedDeliveries(many, 0).map(({ turn }) => turn),
      [0, 1],
    );
  });
});

describe('what a delivery came to', () => {
  const none = { stopped: [], missing: [] };
  const of = (...args: Parameters<typeof pushOutcome>) => {
    const { outcome, reason, deployments } = pushOutcome(...args);
    return [outcome, reason, deployments];
  };

  it('is a failure where one of its services was refused, with what was deployed beside it', () => {
    const some = [
      { name: 'web', deployment: 4 },
      { name: 'worker', refusal: 'no' },
    ];
    assert.deepEqual(of(some, none), ['failed', 'worker: no; deployment 4 of web', [4]]);
    assert.deepEqual(of([], { stopped: [], missing: ['web'] }), ['failed', 'service not found: web', []]);
  });

  it('is deployed, unchanged, or ignored as all are stopped', () => {
    assert.deepEqual(of([{ name: 'web', deployment: 4 }, { name: 'b' }], none)[0], 'deployed');
    assert.deepEqual(of([{ name: 'web' }], none), ['unchanged', 'web is unchanged', []]);
    assert.deepEqual(of([], { stopped: ['web'], missing: [] }), ['ignored', 'web is stopped', []]);
  });
});

describe('a repository', () => {
  it('is known by its address too', () => {
    const forms = [
      'acme/shop',
      'https://github.com/acme/shop',
      'https://git.example.com:3000/acme/shop.git',
      'git@github.com:acme/shop.git',
    ];
    for (const form of [...forms, 'ssh://git@host/acme/shop.git', 'acme/shop/'])
      assert.deepEqual(readRepository(form), { value: 'acme/shop' }, form);
    assert.deepEqual(readRepository('https://gitlab.com/a/b/c'), { value: 'a/b/c' });
  });

  it('is not what is none', () => {
    for (const form of [
      '',
      'shop',
      'a b/c',
      'acme/../x',
      '/',
      'acme/$(id)',
      `a/${'x'.repeat(200)}`,
      '--upload-pack=x/y;z',
    ])
      assert.ok('message' in readRepository(form), form);
  });
});
