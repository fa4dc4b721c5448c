import { z } from 'zod';
import type { Reading } from '../../units.ts';
import { isSecretKey, SECRET_KEY } from '../secret.ts';
import type { TlsSpec } from '../tls-spec.ts';
import { duration } from './measures.ts';
import { flag, oneOf, read, shown } from './read.ts';

const DAY = 86_400_000;
const YEAR = 365 * DAY;
/** What browsers ask of who is to be in their list (hstspreload.org). */
const PRELOAD_FROM = YEAR;

const KEY_EXPECTED = 'expected the key of a secret, such as SHOP_CERT';
const secretKey = () => shown(z.string(KEY_EXPECTED).refine(isSecretKey, KEY_EXPECTED), { pattern: SECRET_KEY.source });

const Hsts = read(
  z.strictObject({
    max_age: duration(0, 10 * YEAR)
      .prefault('365d')
      .describe('How long they keep to it; `0s` takes it back.'),
    subdomains: flag().prefault(false).describe('For all names below the domain, too.'),
    preload: flag()
      .prefault(false)
      .describe('The domain may be put into the list that browsers come with. Needs `subdomains` and a year.'),
  }),
  ({ max_age: maxAge, subdomains, preload }): Reading<NonNullable<TlsSpec['hsts']>> =>
    preload && (!subdomains || maxAge < PRELOAD_FROM)
      ? { message: '`preload` needs `subdomains: true` and a `max_age` of at least 365d' }
      : { value: { maxAge, subdomains, preload } },
);

const TlsMap = z.strictObject({
  issuer: oneOf(['auto', 'internal'])
    .optional()
    .describe('Who issues the certificate: `auto` a public CA (the default), `internal` the CA of the cluster.'),
  cert: secretKey()
    .optional()
    .describe('An own certificate, by the key of the secret that has its chain, PEM, the leaf first. Needs `key`.'),
  key: secretKey().optional().describe('The key of the secret that has the private key of `cert`, PEM.'),
  redirect: flag()
    .optional()
    .describe(
      'Send plain HTTP on to HTTPS: `true` always, `false` never. Unless given, once the domain has a certificate.',
    ),
  hsts: z
    .union([flag(), Hsts], 'expected true, false or a map')
    .optional()
    .describe('Tell browsers to come by HTTPS only (`Strict-Transport-Security`): `true` for a year, or a map.'),
});

const WORDS = ['auto', 'internal', 'off'] as const;

/** The value of `tls`: a word, or a map. */
export const tls = () =>
  read(z.union([oneOf(WORDS), TlsMap], 'expected auto, internal, off or a map'), (written): Reading<TlsSpec> => {
    if (typeof written === 'string') return { value: { mode: written } };
    const { issuer, cert, key, redirect, hsts } = written;
    if ((cert === undefined) !== (key === undefined)) return { message: '`cert` and `key` go together' };
    if (cert !== undefined && issuer !== undefined)
      return { message: 'both `issuer` and `cert`', hint: 'an own certificate has no issuer to ask' };
    return {
      value: {
        mode: cert === undefined ? (issuer ?? 'auto') : 'own',
        ...(cert !== undefined && { cert, key }),
        ...(redirect !== undefined && { redirect }),
        ...(hsts !== undefined && hsts !== false && { hsts: hsts === true ? FOR_A_YEAR : hsts }),
      },
    };
  });

const FOR_A_YEAR = { maxAge: YEAR, subdomains: false, preload: false };
