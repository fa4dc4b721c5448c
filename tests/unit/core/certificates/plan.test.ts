import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planCertificates } from '../../../../src/core/certificates/plan.ts';
import { isPublicName } from '../../../../src/core/certificates/public-name.ts';
import { failed } from '../../../../src/core/certificates/retry.ts';
import type { HeldCertificate, Situation, WantedName } from '../../../../src/core/certificates/situation.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const CA = 'https://acme.example.com/directory';
const NOW = 1_000 * DAY;
const SHOP: WantedName = { name: 'shop.example.com', source: 'acme' };

const held = (fields: Partial<HeldCertificate> = {}): HeldCertificate => ({
  name: SHOP.name,
  source: 'acme',
  authority: CA,
  from: NOW - 10 * DAY,
  until: NOW + 80 * DAY,
  issuedAt: NOW - 10 * DAY,
  ...fields,
});

const situation = (fields: Partial<Situation> = {}): Situation => ({
  wanted: [SHOP],
  certificates: [],
  orders: [],
  attempts: [],
  wishes: [],
  ca: { authority: CA, agreed: true },
  busy: new Set(),
  now: NOW,
  ...fields,
});

describe('a plan of certificates', () => {
  it('orders one for a name that has none', () => {
    const { steps, outlooks } = planCertificates(situation());
    assert.deepEqual(steps, [{ kind: 'order', name: SHOP.name, resumes: false, reason: 'it has no certificate' }]);
    assert.deepEqual(outlooks, [{ name: SHOP.name, next: 'order' }]);
  });

  it('orders nothing until the terms of the CA are agreed to', () => {
    const { steps, outlooks } = planCertificates(situation({ ca: { authority: CA, agreed: false } }));
    assert.deepEqual(steps, []);
    assert.deepEqual(outlooks, [{ name: SHOP.name, next: 'agree' }]);
  });

  it('lets a valid one be until a third of its life is left, and wakes then', () => {
    const certificates = [held()];
    const { steps, outlooks, wakeAt } = planCertificates(situation({ certificates }));
    assert.deepEqual(steps, []);
    assert.deepEqual(outlooks, [{ name: SHOP.name, next: 'renew', at: NOW + 50 * DAY }]);
    assert.equal(wakeAt, NOW + 50 * DAY);
    const before = planCertificates(situation({ certificates, now: NOW + 50 * DAY - 1 }));
    assert.deepEqual(before.steps, []);
    const then = planCertificates(situation({ certificates, now: NOW + 50 * DAY }));
    assert.deepEqual(
      then.steps.map(({ reason }) => reason),
      ['a third of its life is left'],
    );
  });

  it('waits after a failure, unless somebody asks meanwhile', () => {
    const attempts = [failed({ name: SHOP.name, stage: 'order', error: 'no' }, undefined, NOW)];
    const waiting = planCertificates(situation({ attempts, now: NOW + 1 }));
    assert.deepEqual(waiting.steps, []);
    assert.deepEqual(waiting.outlooks, [{ name: SHOP.name, next: 'retry', at: NOW + 5 * MINUTE }]);
    const wishes = [{ name: SHOP.name, askedAt: NOW + 1, askedBy: 'ann' }];
    assert.equal(planCertificates(situation({ attempts, wishes, now: NOW + 1 })).steps.length, 1);
    const answered = [failed({ name: SHOP.name, stage: 'order', error: 'no' }, attempts[0], NOW + 2)];
    assert.deepEqual(planCertificates(situation({ attempts: answered, wishes, now: NOW + 3 })).steps, []);
  });

  it('renews a valid one when somebody asks, once', () => {
    const wishes = [{ name: SHOP.name, askedAt: NOW, askedBy: 'ann' }];
    const asked = planCertificates(situation({ certificates: [held()], wishes }));
    assert.deepEqual(
      asked.steps.map(({ reason }) => reason),
      ['somebody asked for a new one'],
    );
    const done = planCertificates(situation({ certificates: [held({ issuedAt: NOW + 1 })], wishes, now: NOW + 2 }));
    assert.deepEqual(done.steps, []);
  });

  it('goes on with an order that is under way, of the CA that is set', () => {
    const orders = [{ name: SHOP.name, authority: CA, startedAt: NOW - MINUTE }];
    const { steps } = planCertificates(situation({ orders }));
    assert.deepEqual(steps, [{ kind: 'order', name: SHOP.name, resumes: true, reason: 'its order is under way' }]);
    const other = planCertificates(
      situation({ orders: [{ name: SHOP.name, authority: 'https://old', startedAt: 0 }] }),
    );
    assert.deepEqual(
      other.steps.map(({ kind, reason }) => [kind, reason]),
      [
        ['forget', 'another CA is to sign'],
        ['order', 'it has no certificate'],
      ],
    );
  });

  it('does nothing for a name that something is done about', () => {
    const { steps, outlooks } = planCertificates(situation({ busy: new Set([SHOP.name]) }));
    assert.deepEqual(steps, []);
    assert.deepEqual(outlooks, [{ name: SHOP.name, next: 'order' }]);
  });

  it('renews nothing of a domain that was removed, and forgets it when it has expired for a week', () => {
    const attempts = [failed({ name: SHOP.name, stage: 'order', error: 'no' }, undefined, NOW)];
    const orders = [{ name: SHOP.name, authority: CA, startedAt: NOW }];
    const gone = { wanted: [], certificates: [held()], attempts, orders };
    assert.deepEqual(
      planCertificates(situation(gone)).steps.map((step) => step.kind === 'forget' && step.what),
      ['order', 'attempt'],
    );
    const kept = planCertificates(situation({ wanted: [], certificates: [held()], now: NOW + 86 * DAY }));
    assert.deepEqual(kept.steps, []);
    const late = planCertificates(situation({ wanted: [], certificates: [held()], now: NOW + 87 * DAY }));
    assert.deepEqual(
      late.steps.map((step) => step.kind === 'forget' && step.what),
      ['certificate'],
    );
  });

  it('signs internal ones whatever a CA says, and orders none for names that no public CA signs', () => {
    const wanted: WantedName[] = [
      { name: 'db.lan', source: 'internal' },
      { name: 'web.lan', source: 'acme' },
    ];
    const { steps, outlooks } = planCertificates(situation({ wanted, ca: { authority: CA, agreed: false } }));
    assert.deepEqual(steps, [{ kind: 'sign', name: 'db.lan', reason: 'it has no certificate' }]);
    assert.deepEqual(outlooks.find(({ name }) => name === 'web.lan')?.next, 'unsignable');
  });

  it('puts names without a certificate before those whose one is still valid, a few at once', () => {
    const names = Array.from({ length: 8 }, (_, n) => `s${n}.example.com`);
    const certificates = names.slice(0, 6).map((name) => held({ name, from: NOW - 80 * DAY, until: NOW + DAY }));
    const wanted = names.map((name): WantedName => ({ name, source: 'acme' }));
    const { steps, outlooks } = planCertificates(situation({ wanted, certificates }));
    assert.deepEqual(
      steps.map(({ name }) => name),
      ['s6.example.com', 's7.example.com', 's0.example.com', 's1.example.com'],
    );
    assert.equal(outlooks.filter(({ next }) => next === 'queue').length, 4);
  });

  it('has one signed anew where another source or another CA is wanted', () => {
    const internal = planCertificates(situation({ wanted: [{ ...SHOP, source: 'internal' }], certificates: [held()] }));
    assert.deepEqual(
      internal.steps.map(({ kind }) => kind),
      ['sign'],
    );
    const other = planCertificates(situation({ certificates: [held({ authority: 'https://staging' })] }));
    assert.deepEqual(
      other.steps.map(({ reason }) => reason),
      ['its certificate is from another CA'],
    );
  });
});

describe('what is kept of a try that failed', () => {
  it('waits 5 m, 15 m, 1 h, 6 h after failed orders, and less after checks', () => {
    const waits = (stage: 'order' | 'check', count: number) => {
      let last: ReturnType<typeof failed> | undefined;
      return Array.from({ length: count }, () => {
        last = failed({ name: SHOP.name, stage, error: 'no' }, last, NOW);
        return (last.retryAt - NOW) / MINUTE;
      });
    };
    assert.deepEqual(waits('order', 6), [5, 15, 60, 360, 360, 360]);
    assert.deepEqual(waits('check', 6), [0.5, 0.5, 1, 2, 5, 5]);
  });

  it('counts each stage by itself', () => {
    const check = failed({ name: SHOP.name, stage: 'check', error: 'no' }, undefined, NOW);
    assert.equal(failed({ name: SHOP.name, stage: 'order', error: 'no' }, check, NOW).failures, 1);
  });

  it('waits as long as the CA says, though no longer than a week', () => {
    const failure = { name: SHOP.name, stage: 'order', error: 'too many' } as const;
    assert.equal(failed({ ...failure, notBefore: NOW + DAY }, undefined, NOW).retryAt, NOW + DAY);
    assert.equal(failed({ ...failure, notBefore: NOW + 900 * DAY }, undefined, NOW).retryAt, NOW + 7 * DAY);
  });
});

it('tells names that a public CA may sign from others', () => {
  for (const name of ['shop.example.com', 'a.io', 'xn--bcher-kva.de']) assert.ok(isPublicName(name), name);
  const others = ['localhost', 'shop', 'shop.test', 'nas.local', 'a.internal', 'x.home.arpa', '10.0.0.1', 'shop.lan'];
  for (const name of others) assert.ok(!isPublicName(name), name);
});
