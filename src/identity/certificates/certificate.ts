import { createHash, X509Certificate } from 'node:crypto';
import { OrcaError } from '../../core/errors.ts';
import { keyDigest } from './key.ts';

/** What orca asks of a certificate. */
export interface CertificateFacts {
  /** SHA-256 of it (DER), hex. */
  readonly digest: string;
  /** SHA-256 of its public key (SPKI, DER), hex. */
  readonly key: string;
  /** Epoch ms. */
  readonly from: number;
  readonly until: number;
}

/** @throws OrcaError `invalid` for what is no certificate (X.509, PEM) */
export function readCertificate(pem: string): CertificateFacts {
  try {
    const certificate = new X509Certificate(pem);
    return {
      digest: createHash('sha256').update(certificate.raw).digest('hex'),
      key: keyDigest(certificate.publicKey),
      from: certificate.validFromDate.getTime(),
      until: certificate.validToDate.getTime(),
    };
  } catch (cause) {
    throw new OrcaError('invalid', 'the certificate cannot be read', { cause });
  }
}
