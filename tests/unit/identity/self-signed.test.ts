import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { makeSelfSigned } from '../../../src/identity/certificates/self-signed.ts';

test('a self-signed certificate is one: for its key, by its key, for ten years, with a serial of its own', () => {
  const now = Date.UTC(2026, 10, 5, 7, 8, 9);
  const { certificate, key } = makeSelfSigned('orca has no certificate for this name', now);
  const read = new X509Certificate(certificate);
  assert.equal(read.subject, 'CN=orca has no certificate for this name');
  assert.equal(read.issuer, read.subject);
  assert.ok(read.checkPrivateKey(createPrivateKey(key)));
  assert.ok(read.verify(read.publicKey));
  assert.equal(read.validFromDate.getTime(), now - 86_400_000);
  assert.equal(read.validToDate.getTime(), now + 3650 * 86_400_000);
  assert.notEqual(read.serialNumber, new X509Certificate(makeSelfSigned('x', now).certificate).serialNumber);
});
