import type { CertificateAttempt, RenewalWish } from '../model/certificate.ts';
import { isPublicName } from './public-name.ts';
import type {
  CertificatePlan,
  CertificateStep,
  HeldCertificate,
  Kept,
  OpenOrder,
  Outlook,
  Situation,
  WantedName,
} from './situation.ts';

/** Orders that are under way at once. */
const MOST_AT_ONCE = 4;
/** A certificate of a name that is no longer wanted is kept for so long: the name may come back. */
const KEPT = 7 * 86_400_000;

/** What to do about certificates, and what comes next for each name. The same situation, the same plan. */
export function planCertificates(situation: Situation): CertificatePlan {
  const names = situation.wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const known = indexOf(situation);
  let room = MOST_AT_ONCE - situation.busy.size;
  const steps: CertificateStep[] = [...forgotten(situation)];
  const outlooks: Outlook[] = [];
  // Who has none comes before who has one that still is valid.
  for (const wanted of names.toSorted((a, b) => urgency(a, known, situation) - urgency(b, known, situation))) {
    const { outlook, step } = decide(wanted, known, situation);
    const fits = step === undefined || step.kind !== 'order' || room > 0;
    if (step?.kind === 'order' && fits) room -= 1;
    if (step && fits) steps.push(step);
    outlooks.push(fits ? outlook : { name: wanted.name, next: 'queue' });
  }
  const times = outlooks.flatMap(({ at }) => at ?? []);
  return { steps, outlooks, ...(times.length > 0 && { wakeAt: Math.min(...times) }) };
}

/** A third of its life is left. */
export const renewalOf = ({ from, until }: Pick<HeldCertificate, 'from' | 'until'>): number =>
  until - (until - from) / 3;

interface Known {
  readonly certificates: ReadonlyMap<string, HeldCertificate>;
  readonly orders: ReadonlyMap<string, OpenOrder>;
  readonly attempts: ReadonlyMap<string, CertificateAttempt>;
  readonly wishes: ReadonlyMap<string, RenewalWish>;
}

const indexOf = ({ certificates, orders, attempts, wishes }: Situation): Known => ({
  certificates: byName(certificates),
  orders: byName(orders),
  attempts: byName(attempts),
  wishes: byName(wishes),
});

const byName = <T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> =>
  new Map(all.map((one) => [one.name, one]));

const urgency = ({ name }: WantedName, { certificates }: Known, { now }: Situation): number =>
  (certificates.get(name)?.until ?? 0) > now ? 1 : 0;

interface Decision {
  readonly outlook: Outlook;
  readonly step?: CertificateStep | undefined;
}

function decide({ name, source }: WantedName, known: Known, situation: Situation): Decision {
  const { ca, busy, now } = situation;
  if (busy.has(name)) return { outlook: { name, next: 'order' } };
  const held = known.certificates.get(name);
  const need = needOf(name, source, known, situation);
  if (held && need === undefined) return { outlook: { name, next: 'renew', at: renewalOf(held) } };
  const reason = need ?? '';
  if (source === 'acme' && !isPublicName(name)) return { outlook: { name, next: 'unsignable' } };
  if (source === 'acme' && !ca.agreed) return { outlook: { name, next: 'agree' } };
  const attempt = known.attempts.get(name);
  const isAsked = (known.wishes.get(name)?.askedAt ?? 0) > (attempt?.at ?? 0);
  if (attempt && now < attempt.retryAt && !isAsked) return { outlook: { name, next: 'retry', at: attempt.retryAt } };
  const outlook: Outlook = { name, next: 'order' };
  if (source === 'internal') return { outlook, step: { kind: 'sign', name, reason } };
  const order = known.orders.get(name);
  const resumes = order !== undefined && order.authority === ca.authority;
  return { outlook, step: { kind: 'order', name, resumes, reason: resumes ? 'its order is under way' : reason } };
}

/** Why a certificate is needed; undefined: the one that is there will do. */
function needOf(name: string, source: WantedName['source'], known: Known, { ca, now }: Situation): string | undefined {
  const held = known.certificates.get(name);
  if (!held) return 'it has no certificate';
  if (held.until <= now) return 'its certificate has expired';
  if (held.source !== source) return `its certificate is ${held.source}, and ${source} is wanted`;
  if (source === 'acme' && held.authority !== ca.authority) return 'its certificate is from another CA';
  if ((known.wishes.get(name)?.askedAt ?? 0) > held.issuedAt) return 'somebody asked for a new one';
  return renewalOf(held) <= now ? 'a third of its life is left' : undefined;
}

/** What is kept of names that nobody wants any more, and orders at a CA that is not the one any more. */
function forgotten({ wanted, certificates, orders, attempts, wishes, ca, busy, now }: Situation): CertificateStep[] {
  const names = new Map(wanted.map(({ name, source }) => [name, source]));
  const gone = (name: string): boolean => !names.has(name) && !busy.has(name);
  const step = (name: string, what: Kept, reason: string): CertificateStep => ({ kind: 'forget', name, what, reason });
  const unwanted = 'no service has the name';
  return [
    ...orders.flatMap(({ name, authority }) => {
      if (gone(name)) return step(name, 'order', unwanted);
      if (busy.has(name) || (names.get(name) === 'acme' && authority === ca.authority)) return [];
      return step(name, 'order', 'another CA is to sign');
    }),
    ...attempts.filter(({ name }) => gone(name)).map(({ name }) => step(name, 'attempt', unwanted)),
    ...wishes.filter(({ name }) => gone(name)).map(({ name }) => step(name, 'wish', unwanted)),
    ...certificates
      .filter(({ name, until }) => gone(name) && until + KEPT <= now)
      .map(({ name }) => step(name, 'certificate', `${unwanted}, and it has expired`)),
  ];
}
