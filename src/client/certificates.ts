import type { acme, agreeToTerms, certificates, internalCa, renewCertificate } from '../contract/certificates.ts';
import type { ResponseOf } from '../contract/endpoint.ts';
import type { Call } from './call.ts';

/** What a client asks about certificates of domains. */
export interface CertificateCalls {
  certificates(project?: string): Promise<ResponseOf<typeof certificates>>;
  renewCertificate(name: string): Promise<ResponseOf<typeof renewCertificate>>;
  /** The public CA and its terms; the CA is asked. */
  acme(): Promise<ResponseOf<typeof acme>>;
  /** @param terms as `acme` told them */
  agreeToTerms(terms: string | null, email: string | undefined): Promise<ResponseOf<typeof agreeToTerms>>;
  internalCa(): Promise<ResponseOf<typeof internalCa>>;
}

const CERTIFICATES = '/api/v1/certificates';
/** The server asks the CA, and gives it 20 s for each of two questions, ms. */
const CA_ANSWERS = 60_000;

export const certificateCalls = (json: <T>(call: Call) => Promise<T>): CertificateCalls => ({
  certificates: (project) => json({ method: 'GET', path: CERTIFICATES, query: { project } }),
  renewCertificate: (name) => json({ method: 'POST', path: `${CERTIFICATES}/${encodeURIComponent(name)}/renew` }),
  acme: () => json({ method: 'GET', path: '/api/v1/acme', patience: CA_ANSWERS }),
  agreeToTerms: (terms, email) =>
    json({ method: 'POST', path: '/api/v1/acme/agree', body: { terms, email }, patience: CA_ANSWERS }),
  internalCa: () => json({ method: 'GET', path: '/api/v1/internal-ca' }),
});
