import type { AcmeAccount, AcmeAgreement, InternalAuthority } from '../certificate.ts';
import { type RecordFormat, SAME } from './format.ts';
import { number, object, optional, text } from './shape.ts';

/** Version 0 was never written, of none of these. */
export const ACME_AGREEMENT_RECORD: RecordFormat<AcmeAgreement> = {
  upgrades: [SAME],
  shape: object<AcmeAgreement>({
    authority: text,
    terms: optional(text),
    email: optional(text),
    agreedAt: number,
    agreedBy: text,
  }),
};

export const ACME_ACCOUNT_RECORD: RecordFormat<AcmeAccount> = {
  upgrades: [SAME],
  shape: object<AcmeAccount>({ authority: text, key: text, url: optional(text), createdAt: number }),
};

export const INTERNAL_AUTHORITY_RECORD: RecordFormat<InternalAuthority> = {
  upgrades: [SAME],
  shape: object<InternalAuthority>({ id: text, certificate: text, key: text, createdAt: number }),
};
