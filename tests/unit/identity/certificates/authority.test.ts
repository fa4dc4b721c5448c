import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { OrcaError } from '../../../../src/core/errors.ts';
import { issueCertificate, makeAuthority } from '../../../../src/identity/certificates/authority.ts';
import { readCertificate } from '../../../../src/identity/certificates/certificate.ts';
import { digestOfPrivateKey, keyDigest, newPrivateKey } from '../../../../src/identity/certificates/key.ts';
import { makeSigningRequest, readSigningRequest } from '../../../../src/identity/certificates/signing-request.ts';

const NOW = Date.UTC(2026, 11, 1);
const DAY = 86_400_000;
const wish = (pem: string, more = {}) => ({
  publicKey: createPublicKey(pem),
  commonName: 'abcdefghijklmnop',
  names: ['abcdefghijklmnop', '10.0.0.7', 'fd00::7'],
  now: NOW,
  lifetime: 90 * DAY,
  ...more,
});
const isInvalid = (why: RegExp) => (error: unknown) =>
  error instanceof OrcaError && error.code === 'invalid' && why.test(error.message);

describe('a CA of the cluster', () => {
  it('signs certificates that it, and no other CA, vouches for', async () => {
    const [ours, theirs] = await Promise.all([makeAuthority('c1', NOW), makeAuthority('c1', NOW)]);
    const certificate = new X509Certificate(await issueCertificate(ours, wish(newPrivateKey())));
    const [root, other] = [new X509Certificate(ours.certificate), new X509Certificate(theirs.certificate)];
    assert.ok(root.ca && root.verify(root.publicKey));
    assert.ok(certificate.checkIssued(root) && certificate.verify(root.publicKey));
    assert.ok(!certificate.checkIssued(other), 'two CAs of a cluster have names of their own');
    assert.ok(!certificate.verify(other.publicKey));
    assert.ok(!certificate.ca);
  });

  it('writes whose it is, for what, and for how long', async () => {
    const key = newPrivateKey();
    const pem = await issueCertificate(await makeAuthority('c1', NOW), wish(key));
    const certificate = new X509Certificate(pem);
    assert.equal(certificate.subject, 'CN=abcdefghijklmnop');
    assert.equal(certificate.checkHost('abcdefghijklmnop'), 'abcdefghijklmnop');
    assert.equal(certificate.checkIP('10.0.0.7'), '10.0.0.7');
    assert.equal(certificate.checkHost('master.orca.internal'), undefined);
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    const { from, until, key: digest } = readCertificate(pem);
    assert.deepEqual([from, until, digest], [NOW - DAY, NOW + 90 * DAY, digestOfPrivateKey(key)]);
  });

  it('takes a common name as it is, whatever stands in it', async () => {
    const pem = await issueCertificate(
      await makeAuthority('c1', NOW),
      wish(newPrivateKey(), { commonName: 'a, CN=master' }),
    );
    assert.equal(new X509Certificate(pem).toLegacyObject().subject.CN, 'a, CN=master');
  });
});

describe('a signing request', () => {
  it('gives the key that it is for', async () => {
    const key = newPrivateKey();
    const read = await readSigningRequest(await makeSigningRequest(key, 'x'));
    assert.equal(keyDigest(read), digestOfPrivateKey(key));
  });

  it('is refused if it was changed, cut, too long, or is none', async () => {
    const pem = await makeSigningRequest(newPrivateKey(), 'node');
    const bytes = Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64');
    const at = bytes.indexOf('node');
    bytes.write('NODE', at);
    const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
    await assert.rejects(readSigningRequest(changed), isInvalid(/not signed with its own key/));
    await assert.rejects(readSigningRequest(pem.slice(0, 200)), isInvalid(/cannot be read/));
    await assert.rejects(readSigningRequest(pem + ' '.repeat(9000)), isInvalid(/too long/));
    for (const none of ['', 'x', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----'])
      await assert.rejects(readSigningRequest(none), isInvalid(/cannot be read/));
  });

  it('is refused for a key of another kind', async () => {
    const kinds = [
      generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ];
    for (const { privateKey, publicKey } of kinds) {
      const { x509 } = await import('../../../../src/identity/certificates/library.ts');
      const algorithm =
        privateKey.asymmetricKeyType === 'rsa'
          ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
          : { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };
      const keys = {
        privateKey: privateKey.toCryptoKey(algorithm, false, ['sign']),
        publicKey: publicKey.toCryptoKey(algorithm, true, ['verify']),
      };
      const request = await x509.Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: algorithm });
      await assert.rejects(readSigningRequest(request.toString('pem')), isInvalid(/not EC P-256/));
    }
  });
});
