import { createPrivateKey, X509Certificate } from 'node:crypto';
import { AcmeFailure } from '../../acme/failure.ts';
import type { Certificate } from '../../core/model/certificate.ts';

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
const MOST = 10;

/**
 * What a chain says that a CA answered with, once it is seen to be for this name and this key.
 * @throws AcmeFailure for anything else
 */
export function issuedFacts(name: string, key: string, chain: string): Pick<Certificate, 'issuer' | 'from' | 'until'> {
  const [leaf, ...others] = read(chain);
  if (!leaf || others.length >= MOST) throw odd('it is no chain of certificates');
  if (!leaf.checkPrivateKey(createPrivateKey(key))) throw odd('it is for another key');
  if (leaf.checkHost(name, { subject: 'never' }) === undefined) throw odd(`it is not for ${name}`);
  return { issuer: issuerOf(leaf), from: leaf.validFromDate.getTime(), until: leaf.validToDate.getTime() };
}

function read(chain: string): readonly X509Certificate[] {
  try {
    return (chain.match(PEM) ?? []).map((one) => new X509Certificate(one));
  } catch {
    return [];
  }
}

/** `O=Let's Encrypt`, `CN=R11`: Let's Encrypt R11. */
export function issuerOf({ issuer }: X509Certificate): string {
  const parts = ['O', 'CN'].flatMap((key) => {
    const line = issuer.split('\n').find((one) => one.startsWith(`${key}=`));
    return line === undefined ? [] : [line.slice(key.length + 1)];
  });
  return (
    parts
      .join(' ')
      .replace(/\p{Cc}/gu, ' ')
      .slice(0, 200) || 'unknown'
  );
}

const odd = (why: string): AcmeFailure =>
  new AcmeFailure('refused', `the CA answered with a certificate that is of no use: ${why}`, {
    hint: 'see that acme.directory in server.yml is the directory of a CA that speaks ACME (RFC 8555)',
  });
