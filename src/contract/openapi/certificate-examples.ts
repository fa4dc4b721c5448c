import type { Example } from './example.ts';
import { AT } from './samples.ts';

const DAY = 86_400_000;
const DIRECTORY = 'https://acme-v02.api.letsencrypt.org/directory';
const TERMS = 'https://letsencrypt.org/documents/LE-SA-v1.5-February-24-2025.pdf';
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n';

const CERTIFICATE = {
  name: 'shop.example.com',
  project: 'shop',
  service: 'web',
  source: 'acme',
  state: 'valid',
  issuer: "Let's Encrypt R11",
  valid_from: AT,
  expires_at: AT + 90 * DAY,
  next: { step: 'renew', at: AT + 60 * DAY },
  error: null,
};
const AGREED = { at: AT, by: 'admin', email: 'ops@example.com' };

/** Of the endpoints about certificates of domains. */
export const CERTIFICATE_EXAMPLES: Readonly<Record<string, Example>> = {
  'GET /api/v1/certificates': { answer: { certificates: [CERTIFICATE] } },
  'GET /api/v1/certificates/{name}': { params: { name: 'shop.example.com' }, answer: CERTIFICATE },
  'POST /api/v1/certificates/{name}/renew': {
    params: { name: 'shop.example.com' },
    answer: {
      ok: 'a new certificate of shop.example.com is on its way; see `orca certs`',
      name: 'shop.example.com',
    },
  },
  'GET /api/v1/acme': {
    answer: { directory: DIRECTORY, agreed: null, terms: TERMS, account_needed: false },
  },
  'POST /api/v1/acme/agree': {
    body: { terms: TERMS, email: 'ops@example.com' },
    answer: { directory: DIRECTORY, agreed: AGREED },
  },
  'GET /api/v1/internal-ca': {
    answer: { certificate: PEM, digest: 'c0ffee'.padEnd(64, '0'), expires_at: AT + 3650 * DAY },
  },
};
