import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { newPrivateKey } from './key.ts';

/** A CA of the cluster. Both PEM, the key PKCS #8. */
export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateWish {
  /** EC P-256. */
  readonly publicKey: KeyObject;
  readonly commonName: string;
  /** DNS names and IP addresses that it is for. */
  readonly names: readonly string[];
  /** Epoch ms. */
  readonly now: number;
  /** From now on, ms. */
  readonly lifetime: number;
  /** `server`: for the end that is connected to alone. Both unless given. */
  readonly usage?: 'server' | undefined;
}

const DAY = 86_400_000;
/** Whose clock is behind the master's by less than this takes what was just signed. */
export const BACKDATED = DAY;
const CA_LIFETIME = 3650 * DAY;
/** RFC 5280, 4.1.2.2: at most 20 bytes, positive. */
const SERIAL_BYTES = 16;

/**
 * A new CA, which signs itself and certificates of nodes, and no other CA.
 * @param now epoch ms
 */
export async function makeAuthority(cluster: string, now: number): Promise<Authority> {
  const { x509, SIGNING, importPrivateKey, importPublicKey } = await import('./library.ts');
  const key = newPrivateKey();
  const publicKey = await importPublicKey(spkiOf(createPublicKey(createPrivateKey(key))));
  // Each has a name of its own: while one takes the place of another, both are in force.
  const subject = [{ O: ['orca'] }, { CN: [`orca ${cluster} ${randomBytes(4).toString('hex')}`] }];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: subject,
    notBefore: new Date(now - BACKDATED),
    notAfter: new Date(now + CA_LIFETIME),
    signingAlgorithm: SIGNING,
    publicKey,
    signingKey: await importPrivateKey(key),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key };
}

/**
 * A certificate for TLS (RFC 5280): whose it is stands in its common name.
 * @returns PEM
 */
export async function issueCertificate(authority: Authority, wish: CertificateWish): Promise<string> {
  const { x509, SIGNING, importPrivateKey, importPublicKey } = await import('./library.ts');
  const issuer = new x509.X509Certificate(authority.certificate);
  const publicKey = await importPublicKey(spkiOf(wish.publicKey));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [wish.commonName] }],
    issuer: issuer.subjectName,
    notBefore: new Date(wish.now - BACKDATED),
    notAfter: new Date(wish.now + wish.lifetime),
    signingAlgorithm: SIGNING,
    publicKey,
    signingKey: await importPrivateKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(
        [x509.ExtendedKeyUsage.serverAuth, ...(wish.usage === 'server' ? [] : [x509.ExtendedKeyUsage.clientAuth])],
        false,
      ),
      new x509.SubjectAlternativeNameExtension(
        wish.names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return certificate.toString('pem');
}

const spkiOf = (key: KeyObject): Uint8Array => key.export({ type: 'spki', format: 'der' });

/** The first bit is 0: it is a positive number; the next 1: no byte of it is left out. */
function serial(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}
