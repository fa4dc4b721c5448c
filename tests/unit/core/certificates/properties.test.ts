import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { planCertificates } from '../../../../src/core/certificates/plan.ts';
import { failed } from '../../../../src/core/certificates/retry.ts';
import type { CertificateStep, HeldCertificate, Situation } from '../../../../src/core/certificates/situation.ts';
import type { CertificateAttempt } from '../../../../src/core/model/certificate.ts';

const DAY = 86_400_000;
const CA = 'https://acme.example.com/directory';
const LIFE = 90 * DAY;
const START = 1_000 * DAY;
const MOST = 4;

/** What may happen to one look at a world: how a name's order ends, or that it is killed in the middle. */
const Fate = fc.constantFrom('issued', 'refused', 'unreachable', 'killed', 'wrong-dns');
const Move = fc.record({
  fates: fc.array(Fate, { minLength: 1, maxLength: 8 }),
  wait: fc.integer({ min: 1, max: 40 * DAY }),
  asks: fc.option(fc.nat({ max: 9 }), { nil: undefined }),
  drops: fc.option(fc.nat({ max: 9 }), { nil: undefined }),
  agreed: fc.boolean(),
});
type Fate = typeof Fate extends fc.Arbitrary<infer T> ? T : never;

const NAMES = Array.from({ length: 10 }, (_, n) => `s${n}.example.com`);

/** A world without a real CA: only what is kept, and what each step makes of it. */
function createKept() {
  const certificates = new Map<string, HeldCertificate>();
  const orders = new Map<string, { name: string; authority: string; startedAt: number }>();
  const attempts = new Map<string, CertificateAttempt>();
  const wishes = new Map<string, { name: string; askedAt: number; askedBy: string }>();
  const wanted = new Set(NAMES);
  /** Orders that a CA was asked for, and of which nothing has come yet. */
  const atCa = new Map<string, number>();

  const issue = (name: string, now: number): void => {
    certificates.set(name, { name, source: 'acme', authority: CA, from: now, until: now + LIFE, issuedAt: now });
    for (const kept of [orders, attempts, atCa]) kept.delete(name);
  };
  const fail = (name: string, stage: 'check' | 'order', now: number): void => {
    attempts.set(name, failed({ name, stage, error: 'it failed' }, attempts.get(name), now));
  };

  function order({ name, resumes }: Extract<CertificateStep, { kind: 'order' }>, fate: Fate, now: number): void {
    if (!resumes) {
      if (fate === 'wrong-dns') {
        fail(name, 'check', now);
        return;
      }
      atCa.set(name, (atCa.get(name) ?? 0) + 1);
      orders.set(name, { name, authority: CA, startedAt: now });
    }
    if (fate === 'issued') issue(name, now);
    else if (fate === 'killed') return;
    else {
      fail(name, 'order', now);
      if (fate === 'refused') for (const kept of [orders, atCa]) kept.delete(name);
    }
  }

  function apply(step: CertificateStep, fate: Fate, now: number): void {
    if (step.kind === 'order') order(step, fate, now);
    else if (step.kind === 'forget' && step.what === 'order') for (const kept of [orders, atCa]) kept.delete(step.name);
    else if (step.kind === 'forget') {
      ({ attempt: attempts, wish: wishes, certificate: certificates })[step.what as 'attempt']?.delete(step.name);
    }
  }

  const situation = (now: number, agreed: boolean): Situation => ({
    wanted: [...wanted].map((name) => ({ name, source: 'acme' })),
    certificates: [...certificates.values()],
    orders: [...orders.values()],
    attempts: [...attempts.values()],
    wishes: [...wishes.values()],
    ca: { authority: CA, agreed },
    busy: new Set(),
    now,
  });

  return { certificates, attempts, wishes, wanted, atCa, apply, situation };
}

/** What holds of every plan. */
function mustHold(situation: Situation): CertificateStep[] {
  const { steps, outlooks } = planCertificates(situation);
  const orders = steps.filter(({ kind }) => kind === 'order');
  assert.ok(orders.length <= MOST, 'no more at once than a few');
  assert.equal(new Set(orders.map(({ name }) => name)).size, orders.length, 'one order a name');
  assert.deepEqual(
    outlooks.map(({ name }) => name).toSorted(),
    situation.wanted.map(({ name }) => name).toSorted(),
    'each name knows what comes next',
  );
  for (const { name } of orders) {
    assert.ok(situation.ca.agreed, 'nothing is ordered before somebody agreed');
    assert.ok(
      situation.wanted.some((one) => one.name === name),
      'nothing is ordered that nobody wants',
    );
    const attempt = situation.attempts.find((one) => one.name === name);
    const asked = situation.wishes.find((one) => one.name === name)?.askedAt ?? 0;
    if (attempt && asked <= attempt.at) assert.ok(situation.now >= attempt.retryAt, 'a failed name waits');
  }
  return [...steps];
}

describe('certificates, whatever happens', () => {
  it('are never ordered twice, too early, for nobody, or without agreement', () => {
    fc.assert(
      fc.property(fc.array(Move, { minLength: 1, maxLength: 30 }), (moves) => {
        const kept = createKept();
        let now = START;
        for (const { fates, wait, asks, drops, agreed } of moves) {
          if (asks !== undefined) kept.wishes.set(NAMES[asks] ?? '', wish(NAMES[asks] ?? '', now));
          if (drops !== undefined && !kept.wanted.delete(NAMES[drops] ?? '')) kept.wanted.add(NAMES[drops] ?? '');
          mustHold(kept.situation(now, agreed)).forEach((step, i) => {
            kept.apply(step, fates[i % fates.length] ?? 'issued', now);
          });
          for (const [name, count] of kept.atCa) assert.ok(count <= 1, `${name}: one order under way`);
          now += wait;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are all valid in the end once nothing fails any more, by waking when the plan says', () => {
    fc.assert(
      fc.property(fc.array(Move, { maxLength: 12 }), (moves) => {
        const kept = createKept();
        let now = START;
        for (const { fates, wait } of moves) {
          mustHold(kept.situation(now, true)).forEach((step, i) => {
            kept.apply(step, fates[i % fates.length] ?? 'issued', now);
          });
          now += wait;
        }
        for (let looks = 0; looks < 40; looks += 1) {
          const steps = mustHold(kept.situation(now, true));
          for (const step of steps) kept.apply(step, 'issued', now);
          if (steps.length > 0) continue;
          const { outlooks, wakeAt } = planCertificates(kept.situation(now, true));
          if (outlooks.every(({ next }) => next === 'renew')) break;
          assert.ok(wakeAt !== undefined && wakeAt > now, 'whoever waits knows until when');
          now = wakeAt;
        }
        for (const name of kept.wanted) assert.ok((kept.certificates.get(name)?.until ?? 0) > now, name);
      }),
      { numRuns: 300 },
    );
  });
});

const wish = (name: string, askedAt: number) => ({ name, askedAt, askedBy: 'ann' });
