import type {
  AcmeAccount,
  AcmeAgreement,
  Certificate,
  CertificateAttempt,
  CertificateOrder,
  InternalAuthority,
  RenewalWish,
} from '../core/model/certificate.ts';
import {
  ACME_ACCOUNT_RECORD,
  ACME_AGREEMENT_RECORD,
  INTERNAL_AUTHORITY_RECORD,
} from '../core/model/records/authority-record.ts';
import {
  CERTIFICATE_ATTEMPT_RECORD,
  CERTIFICATE_ORDER_RECORD,
  CERTIFICATE_RECORD,
  RENEWAL_WISH_RECORD,
} from '../core/model/records/certificate-record.ts';
import { type Collection, type CollectionOptions, collection } from './collection.ts';

/** What is kept of certificates that are served. Each record has one writer: `wishes` and agreements the API, others a controller. */
export interface CertificateState {
  /** certificates/{name} */
  readonly certificates: Collection<Certificate>;
  /** certificate-orders/{name}: while one is under way */
  readonly certificateOrders: Collection<CertificateOrder>;
  /** certificate-attempts/{name}: of the last try, if it failed */
  readonly certificateAttempts: Collection<CertificateAttempt>;
  /** renewal-wishes/{name} */
  readonly renewalWishes: Collection<RenewalWish>;
  /** acme-agreements/{authority, encoded} */
  readonly acmeAgreements: Collection<AcmeAgreement>;
  /** acme-accounts/{authority, encoded} */
  readonly acmeAccounts: Collection<AcmeAccount>;
  /** internal-authorities/{id} */
  readonly internalAuthorities: Collection<InternalAuthority>;
}

/** @param common where they are stored, and who is told of those that cannot be read */
export function certificateState(common: Pick<CollectionOptions<never>, 'store' | 'onUnreadable'>): CertificateState {
  const byName = ({ name }: { readonly name: string }) => [name];
  const byAuthority = ({ authority }: { readonly authority: string }) => [encodeURIComponent(authority)];
  return {
    certificates: collection({ ...common, prefix: 'certificates', format: CERTIFICATE_RECORD, keyOf: byName }),
    certificateOrders: collection({
      ...common,
      prefix: 'certificate-orders',
      format: CERTIFICATE_ORDER_RECORD,
      keyOf: byName,
    }),
    certificateAttempts: collection({
      ...common,
      prefix: 'certificate-attempts',
      format: CERTIFICATE_ATTEMPT_RECORD,
      keyOf: byName,
    }),
    renewalWishes: collection({ ...common, prefix: 'renewal-wishes', format: RENEWAL_WISH_RECORD, keyOf: byName }),
    acmeAgreements: collection({
      ...common,
      prefix: 'acme-agreements',
      format: ACME_AGREEMENT_RECORD,
      keyOf: byAuthority,
    }),
    acmeAccounts: collection({
      ...common,
      prefix: 'acme-accounts',
      format: ACME_ACCOUNT_RECORD,
      keyOf: byAuthority,
    }),
    internalAuthorities: collection({
      ...common,
      prefix: 'internal-authorities',
      format: INTERNAL_AUTHORITY_RECORD,
      keyOf: ({ id }) => [id],
    }),
  };
}
