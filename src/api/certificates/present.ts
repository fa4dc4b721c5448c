import { X509Certificate } from 'node:crypto';
import type { CertificateBody } from '../../contract/certificates.ts';
import { readBrought } from '../../controllers/certificates/brought.ts';
import { issuerOf } from '../../controllers/certificates/issued.ts';
import { readSituation } from '../../controllers/certificates/read-situation.ts';
import { type BroughtNames, type OwnedName, wantedNames } from '../../controllers/certificates/wanted.ts';
import { rememberRevisions } from '../../controllers/services/revisions.ts';
import { planCertificates } from '../../core/certificates/plan.ts';
import type { Outlook } from '../../core/certificates/situation.ts';
import type { CertificateAttempt } from '../../core/model/certificate.ts';
import type { State } from '../../store/state.ts';
import type { Vault } from '../../vault/vault.ts';

export interface PresentOptions {
  readonly state: State;
  readonly vault: Pick<Vault, 'open'>;
  /** URL of the ACME directory that is set. */
  readonly authority: string;
  readonly clock: { now(): number };
}

/** Every domain with its certificate and what comes next, by the plan that the controller follows. Sorted by name. */
export async function presentCertificates(options: PresentOptions): Promise<readonly CertificateBody[]> {
  const { state, authority, clock } = options;
  const now = clock.now();
  const wanted = await wantedNames(state, rememberRevisions(state));
  const kept = await readSituation(state);
  const agreed = (await state.acmeAgreements.get(encodeURIComponent(authority))) !== undefined;
  const plan = planCertificates({
    ...kept,
    wanted: wanted.names,
    ca: { authority, agreed },
    busy: new Set(),
    now,
  });
  const held = new Map((await state.certificates.listReadable()).records.map(({ value }) => [value.name, value]));
  const outlooks = byName(plan.outlooks);
  const attempts = byName(kept.attempts);
  const issued = wanted.names.map((owned) => {
    const { name } = owned;
    return bodyOf(owned, held.get(name), outlooks.get(name), attempts.get(name), now);
  });
  const brought = await Promise.all(wanted.brought.map((one) => broughtBodies(options, one, now)));
  return [...issued, ...brought.flat()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const byName = <T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> =>
  new Map(all.map((one) => [one.name, one]));

interface Facts {
  readonly issuer: string;
  readonly from: number;
  readonly until: number;
}

function bodyOf(
  { name, project, service, source }: OwnedName,
  held: Facts | undefined,
  outlook: Outlook | undefined,
  attempt: CertificateAttempt | undefined,
  now: number,
): CertificateBody {
  return {
    name,
    project,
    service,
    source,
    ...factsOf(held, now),
    next: { step: outlook?.next ?? 'order', at: outlook?.at ?? null },
    error: attempt ? { message: attempt.error, hint: attempt.hint ?? null, at: attempt.at } : null,
  };
}

function factsOf(held: Facts | undefined, now: number) {
  if (!held) return { state: 'missing', issuer: null, valid_from: null, expires_at: null } as const;
  const { issuer, from, until } = held;
  return { state: until > now ? 'valid' : 'expired', issuer, valid_from: from, expires_at: until } as const;
}

async function broughtBodies(
  { state, vault }: PresentOptions,
  brought: BroughtNames,
  now: number,
): Promise<readonly CertificateBody[]> {
  const { project, service, names, cert, key } = brought;
  const [found] = await readBrought(state, vault, [brought]);
  const facts = found && factsIn(found.chain);
  const next = { step: 'replace', at: facts?.until ?? null } as const;
  const message = found ? 'its certificate cannot be read' : 'one of its secrets is not set';
  const hint = `set ${cert} and ${key}: orca secrets set ${cert}=@FILE`;
  const error = facts ? null : { message, hint, at: now };
  return names.map((name) => ({ name, project, service, source: 'own', ...factsOf(facts, now), next, error }));
}

function factsIn(chain: string): Facts | undefined {
  try {
    const leaf = new X509Certificate(chain);
    const [from, until] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()];
    return { issuer: issuerOf(leaf), from, until };
  } catch {
    return undefined;
  }
}
