import type { Certificate, CertificateAttempt, CertificateOrder, RenewalWish } from '../model/certificate.ts';

/** All that is known when it is decided what to do about certificates. Times are epoch ms of the master. */
export interface Situation {
  /** Each name once. */
  readonly wanted: readonly WantedName[];
  readonly certificates: readonly HeldCertificate[];
  readonly orders: readonly OpenOrder[];
  readonly attempts: readonly CertificateAttempt[];
  readonly wishes: readonly RenewalWish[];
  readonly ca: CaState;
  /** Names that something is done about right now. */
  readonly busy: ReadonlySet<string>;
  readonly now: number;
}

/** A name of a service, and who is to sign for it. */
export interface WantedName {
  readonly name: string;
  readonly source: 'acme' | 'internal';
}

/** The public CA that is set, and what keeps orca from ordering there. */
export interface CaState {
  /** URL of its ACME directory. */
  readonly authority: string;
  /** Its terms were agreed to. */
  readonly agreed: boolean;
}

export type HeldCertificate = Pick<Certificate, 'name' | 'source' | 'authority' | 'from' | 'until' | 'issuedAt'>;
export type OpenOrder = Pick<CertificateOrder, 'name' | 'authority' | 'startedAt'>;

/** One thing to do; safe to repeat. `reason`: why, as a sentence without a full stop. */
export type CertificateStep =
  /** See that the name leads here, then order a certificate; or go on with the order that is under way. */
  | { readonly kind: 'order'; readonly name: string; readonly resumes: boolean; readonly reason: string }
  /** Sign one with the CA of this cluster. */
  | { readonly kind: 'sign'; readonly name: string; readonly reason: string }
  /** Remove what is kept of a name. */
  | { readonly kind: 'forget'; readonly name: string; readonly what: Kept; readonly reason: string };

export type Kept = 'certificate' | 'order' | 'attempt' | 'wish';

/** What comes next for a name. */
export interface Outlook {
  readonly name: string;
  readonly next: NextStep;
  /** When, epoch ms; undefined: now, or only once somebody does something. */
  readonly at?: number | undefined;
}

/**
 * - `renew`: it is valid, and renewed at that time
 * - `order`: about to be ordered or signed, or under way
 * - `queue`: due, but others come first
 * - `retry`: the last try failed
 * - `agree`: nobody has agreed to the terms of the CA
 * - `unsignable`: no public CA signs this name
 */
export type NextStep = 'renew' | 'order' | 'queue' | 'retry' | 'agree' | 'unsignable';

export interface CertificatePlan {
  readonly steps: readonly CertificateStep[];
  /** One for each wanted name. */
  readonly outlooks: readonly Outlook[];
  /** When to look again, though nothing has changed. Epoch ms. */
  readonly wakeAt?: number | undefined;
}
