import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { OrcaError } from '../../core/errors.ts';

/** Of the PEM, characters; one for P-256 has about 450. */
const LONGEST = 8 * 1024;

/**
 * PKCS #10 (RFC 2986), PEM: asks for a certificate for a key. The master decides what stands in the certificate.
 * @param privateKey PKCS #8 PEM, EC P-256
 * @param names DNS names that it is to be for; none: the common name alone says what it is for
 */
export async function makeSigningRequest(
  privateKey: string,
  commonName: string,
  names: readonly string[] = [],
): Promise<string> {
  const { x509, SIGNING, importPrivateKey, importPublicKey } = await import('./library.ts');
  const spki = createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'der' });
  const keys = { privateKey: await importPrivateKey(privateKey), publicKey: await importPublicKey(spki) };
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: SIGNING,
    ...(names.length > 0 && {
      extensions: [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })))],
    }),
  });
  return request.toString('pem');
}

/**
 * The key that a request is for: whoever sent it has the private part. Nothing else of it counts.
 * @throws OrcaError `invalid` for what is no request, is not signed by its key, or has another kind of key than EC P-256
 */
export async function readSigningRequest(pem: string): Promise<KeyObject> {
  if (pem.length > LONGEST) throw invalid('it is too long');
  const { x509 } = await import('./library.ts');
  try {
    const request = new x509.Pkcs10CertificateRequest(pem);
    const key = createPublicKey({ key: Buffer.from(request.publicKey.rawData), type: 'spki', format: 'der' });
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw invalid('its key is not EC P-256');
    if (await request.verify()) return key;
  } catch (cause) {
    if (cause instanceof OrcaError) throw cause;
    throw invalid('it cannot be read', cause);
  }
  throw invalid('it is not signed with its own key');
}

const invalid = (why: string, cause?: unknown): OrcaError =>
  new OrcaError('invalid', `the certificate signing request is not valid: ${why}`, { cause });
