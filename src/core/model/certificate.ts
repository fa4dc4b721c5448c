/** A certificate that is served for one name. */
export interface Certificate {
  readonly name: string;
  readonly source: CertificateSource;
  /** Whom it was asked of: the URL of an ACME directory, or the id of an internal CA. */
  readonly authority: string;
  /** Who signed it, for people: `Let's Encrypt R11`. */
  readonly issuer: string;
  /** PEM, the leaf first. */
  readonly chain: string;
  /** Encrypted, for this record's place; PKCS #8, PEM. */
  readonly key: string;
  /** Epoch ms, as the certificate says. */
  readonly from: number;
  readonly until: number;
  /** Epoch ms, of the master. */
  readonly issuedAt: number;
}

/** `acme`: a public CA, by RFC 8555. `internal`: the CA of this cluster. */
export type CertificateSource = 'acme' | 'internal';

/** An order that is under way at a CA. It is written before the CA is asked, and goes on where it was after a restart. */
export interface CertificateOrder {
  readonly name: string;
  /** URL of the ACME directory. */
  readonly authority: string;
  /** At the CA. Undefined: the CA has not answered yet. */
  readonly url?: string | undefined;
  /** Of the certificate that is ordered. Encrypted, for this record's place; PKCS #8, PEM. */
  readonly key: string;
  readonly startedAt: number;
}

/** What came of the last try for a name, while it has not succeeded since. */
export interface CertificateAttempt {
  readonly name: string;
  /** `check`: the name does not lead here, and no CA was asked. `order`: a CA was. */
  readonly stage: 'check' | 'order';
  /** In a row, of this stage. */
  readonly failures: number;
  readonly at: number;
  /** Not before. */
  readonly retryAt: number;
  /** A sentence: what went wrong. */
  readonly error: string;
  /** What to do. */
  readonly hint?: string | undefined;
}

/** Somebody asked for a new certificate of a name. The API writes it. */
export interface RenewalWish {
  readonly name: string;
  readonly askedAt: number;
  readonly askedBy: string;
}

/** Somebody agreed to the terms of a CA. Without it nothing is ordered there. The API writes it. */
export interface AcmeAgreement {
  /** URL of the ACME directory. */
  readonly authority: string;
  /** The terms that were shown, if the CA has any. */
  readonly terms?: string | undefined;
  readonly email?: string | undefined;
  readonly agreedAt: number;
  readonly agreedBy: string;
}

/** An account at a CA. */
export interface AcmeAccount {
  readonly authority: string;
  /** Encrypted, for this record's place; PKCS #8, PEM. */
  readonly key: string;
  /** At the CA. Undefined: it has not answered yet. */
  readonly url?: string | undefined;
  readonly createdAt: number;
}

/** A CA of this cluster, for names that no public one signs. */
export interface InternalAuthority {
  /** SHA-256 of its certificate (DER), hex. */
  readonly id: string;
  /** PEM. */
  readonly certificate: string;
  /** Encrypted, for this record's place; PKCS #8, PEM. */
  readonly key: string;
  readonly createdAt: number;
}

/** Keys of records, to which what is encrypted in them is bound. */
export const keyOfCertificate = (name: string): string => `certificates/${name}`;
export const keyOfOrder = (name: string): string => `certificate-orders/${name}`;
export const keyOfAccount = (authority: string): string => `acme-accounts/${encodeURIComponent(authority)}`;
export const keyOfInternalAuthority = (id: string): string => `internal-authorities/${id}`;
