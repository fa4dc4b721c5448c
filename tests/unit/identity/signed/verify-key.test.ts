import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { keyOfJwk, keyOfPem, keyOfSecret } from '../../../../src/identity/signed/verify-key.ts';
import { ec, rsa } from './issuer.ts';

const jwkOf = (key: { export(options: { format: 'jwk' }): object }) =>
  key.export({ format: 'jwk' }) as Record<string, unknown>;
const k = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64url');

describe('a key to verify with', () => {
  it('has the algorithm of its type', () => {
    assert.equal(keyOfJwk(jwkOf(rsa().publicKey)).algorithm, 'RS256');
    assert.equal(
      keyOfJwk({ ...jwkOf(ec().publicKey), alg: 'ES256', use: 'sig', key_ops: ['verify'] }).algorithm,
      'ES256',
    );
    assert.deepEqual(
      [keyOfJwk({ kty: 'oct', k: k(32), kid: 'a' })].map(({ algorithm, kid }) => [algorithm, kid]),
      [['HS256', 'a']],
    );
    const pem = ec().publicKey.export({ type: 'spki', format: 'pem' }).toString();
    assert.equal(keyOfPem(pem).algorithm, 'ES256');
    assert.equal(keyOfSecret(Buffer.alloc(32)).algorithm, 'HS256');
  });

  it('leaves private parts out', () => {
    const { key } = keyOfJwk(jwkOf(rsa().privateKey));
    assert.equal(key.type, 'public');
  });

  it('is refused where it is weak, huge, for something else, or none', () => {
    const good = jwkOf(rsa().publicKey);
    const privatePem = rsa().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey.export({
      type: 'spki',
      format: 'pem',
    });
    const wrong: readonly (readonly [() => unknown, RegExp])[] = [
      [() => keyOfJwk(jwkOf(rsa(1024).publicKey)), /2048 to 8192 bits, found 1024/],
      [
        () => keyOfJwk({ ...good, n: Buffer.alloc(2048, 255).toString('base64url') }),
        /bits, found 16384|no public key/,
      ],
      [() => keyOfJwk({ ...good, e: 'AQ' }), /exponent|no public key/],
      [() => keyOfJwk({ ...good, e: Buffer.alloc(256, 255).toString('base64url') }), /exponent|no public key/],
      [() => keyOfJwk({ ...good, n: 'AA' }), /bits|no public key/],
      [() => keyOfJwk({ ...good, alg: 'PS256' }), /is for RS256, and this one says "PS256"/],
      [() => keyOfJwk({ ...good, alg: 'none' }), /says "none"/],
      [() => keyOfJwk({ ...good, use: 'enc' }), /not sig/],
      [() => keyOfJwk({ ...good, key_ops: ['encrypt'] }), /verify/],
      [() => keyOfJwk({ ...good, kid: 7 }), /kid/],
      [() => keyOfJwk({ kty: 'RSA' }), /no public key/],
      [() => keyOfJwk({ kty: 'OKP', crv: 'Ed25519', x: k(32) }), /RSA, EC or oct/],
      [() => keyOfJwk({ kty: 'constructor' }), /RSA, EC or oct/],
      [() => keyOfJwk({}), /RSA, EC or oct/],
      [() => keyOfJwk(jwkOf(ec('P-384').publicKey)), /P-256, found secp384r1/],
      [() => keyOfJwk({ ...jwkOf(ec().publicKey), x: k(32), y: k(32) }), /no public key/],
      [() => keyOfJwk({ kty: 'oct', k: '' }), /base64url/],
      [() => keyOfJwk({ kty: 'oct', k: k(1) }), /32 to 1024 bytes, found 1/],
      [() => keyOfJwk({ kty: 'oct', k: k(31) }), /found 31/],
      [() => keyOfJwk({ kty: 'oct', k: k(5000) }), /found 5000/],
      [() => keyOfSecret(Buffer.alloc(0)), /found 0/],
      [() => keyOfPem(privatePem), /private key/],
      [() => keyOfPem(String(pss)), /RSA or EC, found rsa-pss/],
      [() => keyOfPem('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'), /no public key/],
    ];
    for (const [make, why] of wrong) assert.throws(make, { name: 'UnusableKey', message: why });
  });
});
