import { z } from 'zod';
import { text } from '../core/model/schema/read.ts';
import { endpoint } from './endpoint.ts';
import { Instant, Name } from './names.ts';

const TERMS = 'expected the terms that `GET /api/v1/acme` told, or null';
const EMAIL = 'expected an e-mail address';

export const CertificateBody = z.object({
  name: z.string().meta({ description: 'the domain' }),
  project: z.string(),
  service: z.string(),
  source: z
    .enum(['acme', 'internal', 'own'])
    .meta({ description: 'a public CA, the CA of the cluster, or secrets of the project' }),
  state: z.enum(['valid', 'expired', 'missing']),
  issuer: z.string().nullable(),
  valid_from: Instant.nullable(),
  expires_at: Instant.nullable(),
  next: z.object({
    step: z.enum(['renew', 'order', 'queue', 'retry', 'agree', 'unsignable', 'replace']).meta({
      description:
        '`agree`: to the terms of the CA, by an admin; `unsignable`: no public CA signs this name; `replace`: set the secrets anew before it expires',
    }),
    at: Instant.nullable().meta({ description: 'null: now, or only once somebody does something' }),
  }),
  error: z
    .object({ message: z.string(), hint: z.string().nullable(), at: Instant })
    .nullable()
    .meta({ description: 'of the last try, if it failed' }),
});
export type CertificateBody = z.infer<typeof CertificateBody>;

const CertificateParams = z.object({ name: text('expected a domain', 253) });

export const certificates = endpoint({
  method: 'GET',
  path: '/api/v1/certificates',
  access: 'viewer',
  summary: 'Certificates of domains: issuer, expiry, what comes next, what failed',
  query: z.strictObject({ project: Name.optional() }),
  response: z.object({ certificates: z.array(CertificateBody) }),
});

export const certificate = endpoint({
  method: 'GET',
  path: '/api/v1/certificates/{name}',
  access: 'viewer',
  summary: 'The certificate of a domain',
  params: CertificateParams,
  response: CertificateBody,
});

export const renewCertificate = endpoint({
  method: 'POST',
  path: '/api/v1/certificates/{name}/renew',
  access: 'deployer',
  summary: 'Order a new certificate of a domain now, also after a failure',
  params: CertificateParams,
  response: z.object({ ok: z.string(), name: z.string() }),
  answers: [202],
  errors: ['conflict'],
});

const AcmeBody = z.object({
  directory: z.string().meta({ description: 'the CA: URL of its ACME directory' }),
  agreed: z
    .object({ at: Instant, by: z.string(), email: z.string().nullable() })
    .nullable()
    .meta({ description: 'null: nothing is ordered yet' }),
});

export const acme = endpoint({
  method: 'GET',
  path: '/api/v1/acme',
  access: 'admin',
  scope: 'cluster',
  summary: 'The public CA, and its terms',
  response: AcmeBody.extend({
    terms: z.string().nullable().meta({ description: 'where its terms are, as the CA says; null: it has none' }),
    account_needed: z.boolean().meta({ description: 'it takes those alone who have an account with it' }),
  }),
  errors: ['unavailable'],
});

export const agreeToTerms = endpoint({
  method: 'POST',
  path: '/api/v1/acme/agree',
  access: 'admin',
  scope: 'cluster',
  summary: 'Agree to the terms of the CA: certificates are ordered from now on',
  body: z.strictObject({
    terms: z
      .string(TERMS)
      .max(2000, TERMS)
      .nullable()
      .meta({ description: 'those that were shown, as `GET /api/v1/acme` told them' }),
    email: z
      .string(EMAIL)
      .regex(/^[^\s@,<>]{1,64}@[^\s@,<>]{1,255}$/, EMAIL)
      .optional()
      .meta({ description: 'where the CA writes to; it need not be given' }),
  }),
  response: AcmeBody,
  errors: ['conflict', 'unavailable'],
});

export const internalCa = endpoint({
  method: 'GET',
  path: '/api/v1/internal-ca',
  access: 'viewer',
  summary: 'The certificate of the CA that signs for services with `tls: internal`',
  response: z.object({
    certificate: z.string().meta({ description: 'PEM' }),
    digest: z.string().meta({ description: 'SHA-256 of it (DER), hex' }),
    expires_at: Instant,
  }),
  errors: ['not_found'],
});
