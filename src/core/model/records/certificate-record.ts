import type { Certificate, CertificateAttempt, CertificateOrder, RenewalWish } from '../certificate.ts';
import { type RecordFormat, SAME } from './format.ts';
import { number, object, optional, text, word } from './shape.ts';

/** Version 0 was never written, of none of these. */
export const CERTIFICATE_RECORD: RecordFormat<Certificate> = {
  upgrades: [SAME],
  shape: object<Certificate>({
    name: text,
    source: word('acme', 'internal'),
    authority: text,
    issuer: text,
    chain: text,
    key: text,
    from: number,
    until: number,
    issuedAt: number,
  }),
};

export const CERTIFICATE_ORDER_RECORD: RecordFormat<CertificateOrder> = {
  upgrades: [SAME],
  shape: object<CertificateOrder>({ name: text, authority: text, url: optional(text), key: text, startedAt: number }),
};

export const CERTIFICATE_ATTEMPT_RECORD: RecordFormat<CertificateAttempt> = {
  upgrades: [SAME],
  shape: object<CertificateAttempt>({
    name: text,
    stage: word('check', 'order'),
    failures: number,
    at: number,
    retryAt: number,
    error: text,
    hint: optional(text),
  }),
};

export const RENEWAL_WISH_RECORD: RecordFormat<RenewalWish> = {
  upgrades: [SAME],
  shape: object<RenewalWish>({ name: text, askedAt: number, askedBy: text }),
};
