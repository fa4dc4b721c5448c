import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { OrcaError } from '../../../../src/core/errors.ts';
import type { ClaimMap } from '../../../../src/identity/signed/claims.ts';
import { fixedKeys } from '../../../../src/identity/signed/key-source.ts';
import { createSignedIdentity } from '../../../../src/identity/signed/signed-identity.ts';
import { keyOfJwk, keyOfPem, keyOfSecret, type VerifyKey } from '../../../../src/identity/signed/verify-key.ts';
import { AUDIENCE, claims, ec, ISSUER, NOW, rsa, seconds, token, withEc, withRsa, withSecret } from './issuer.ts';

const RSA = rsa();
const EC = ec();
const SECRET = randomBytes(32);
const RSA_PEM = RSA.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const RSA_PKCS1 = RSA.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const JWK = { ...RSA.publicKey.export({ format: 'jwk' }), kid: 'rsa-1' };
const EC_JWK = { ...EC.publicKey.export({ format: 'jwk' }), kid: 'ec-1' };

const MAP: readonly ClaimMap[] = [
  { claims: { repository: 'acme/shop', ref: 'refs/heads/main' }, role: 'deployer', projects: ['shop'] },
  { claims: { repository: 'acme/shop' }, role: 'viewer', projects: ['shop'] },
];

const KEYS = [keyOfJwk(JWK), keyOfJwk(EC_JWK), keyOfSecret(SECRET, 'hmac-1')];

function identity({
  keys = KEYS,
  map = MAP,
  now = NOW,
}: {
  keys?: readonly VerifyKey[];
  map?: typeof MAP;
  now?: number;
} = {}) {
  const unmapped: string[] = [];
  const authenticate = createSignedIdentity({
    issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: fixedKeys(keys), map }],
    clock: { now: () => now },
    onUnmapped: (subject, issuer) => unmapped.push(`${subject} ${issuer}`),
  });
  return { authenticate, unmapped };
}

const refusal = async (given: string, options?: Parameters<typeof identity>[0]): Promise<OrcaError> => {
  const error = await identity(options)
    .authenticate(given)
    .then(
      () => assert.fail(`was let in: ${given.slice(0, 100)}`),
      (reason: unknown) => reason,
    );
  assert.ok(error instanceof OrcaError, String(error));
  return error;
};
const isRefused = async (given: string, why: RegExp, options?: Parameters<typeof identity>[0]): Promise<void> => {
  const error = await refusal(given, options);
  assert.equal(error.code, 'unauthorized', error.message);
  assert.match(error.message, why);
};

const byRsa = (payload: object = claims(), head: object = {}) =>
  token({ alg: 'RS256', kid: 'rsa-1', ...head }, payload, withRsa(RSA.privateKey));

describe('a signed token', () => {
  it('is taken by each of the three algorithms, with and without the name of its key', async () => {
    const good = [
      byRsa(),
      token({ alg: 'ES256', kid: 'ec-1', typ: 'JWT' }, claims(), withEc(EC.privateKey)),
      token({ alg: 'HS256', kid: 'hmac-1' }, claims(), withSecret(SECRET)),
      token({ alg: 'ES256' }, claims(), withEc(EC.privateKey)),
      byRsa(claims({ aud: ['other', AUDIENCE] })),
    ];
    for (const given of good) {
      const caller = await identity().authenticate(given);
      assert.deepEqual([caller.role, caller.projects], ['deployer', ['shop']]);
      assert.equal(caller.name, `repo:acme/shop:ref:refs/heads/main of ${ISSUER}`);
      assert.equal(caller.expiresAt, (seconds + 300) * 1000);
    }
  });

  it('has the rights of the first map that fits all of its claims, and none without one', async () => {
    const role = async (changes: object) => (await identity().authenticate(byRsa(claims(changes)))).role;
    assert.equal(await role({}), 'deployer');
    assert.equal(await role({ ref: 'refs/heads/next' }), 'viewer');
    for (const repository of [
      'acme/shop-evil',
      'acme/sho',
      'evil/acme/shop',
      'ACME/SHOP',
      ['acme/shop'],
      {},
      null,
      '',
    ]) {
      const error = await refusal(byRsa(claims({ repository })));
      assert.equal(error.code, 'forbidden', String(repository));
    }
    const { authenticate, unmapped } = identity({ map: [{ claims: {}, role: 'admin' }] });
    await assert.rejects(authenticate(byRsa()), { code: 'forbidden' }, 'a map without claims fits nobody');
    assert.deepEqual(unmapped, [`repo:acme/shop:ref:refs/heads/main ${ISSUER}`]);
    const inherited = identity({ map: [{ claims: { constructor: 'x' }, role: 'admin' }] });
    await assert.rejects(inherited.authenticate(byRsa()), { code: 'forbidden' });
  });

  it('without a signature, or with `none`, is refused', async () => {
    const [head, payload] = byRsa().split('.');
    const none = (alg: unknown) => `${Buffer.from(JSON.stringify({ alg })).toString('base64url')}.${payload}`;
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null, undefined, 0, ['RS256'], {}])
      for (const signature of ['', 'AA', byRsa().split('.')[2] ?? ''])
        await isRefused(`${none(alg)}.${signature}`, /signed token is not valid/);
    await isRefused(`${head}.${payload}.`, /not valid/);
    await isRefused(`${head}.${payload}`, /not valid/);
    await isRefused(`${byRsa()}.x`, /not valid/);
  });

  it('signed by HMAC with a public key as the secret is refused, in whatever form the key is written', async () => {
    const secrets = [RSA_PEM, RSA_PEM.trim(), RSA_PKCS1, RSA_PKCS1.trim(), JSON.stringify(JWK), JWK.n ?? '', ''];
    const der = RSA.publicKey.export({ type: 'spki', format: 'der' });
    for (const secret of [...secrets, der])
      for (const kid of ['rsa-1', 'hmac-1', undefined])
        await isRefused(
          token({ alg: 'HS256', kid }, claims(), withSecret(secret)),
          /no key of its issuer has signed it/,
        );
    await isRefused(token({ alg: 'HS256' }, claims(), withSecret(RSA_PKCS1)), /no key/, {
      keys: [keyOfPem(RSA_PKCS1)],
    });
  });

  it('does not choose its algorithm: only that of the key is taken', async () => {
    await isRefused(token({ alg: 'ES256', kid: 'rsa-1' }, claims(), withRsa(RSA.privateKey)), /no key/);
    await isRefused(token({ alg: 'RS256', kid: 'ec-1' }, claims(), withEc(EC.privateKey)), /no key/);
    for (const alg of ['RS512', 'PS256', 'HS256', 'HS512', 'ES384', 'EdDSA', 'rs256', 'RS256 '])
      await isRefused(byRsa(claims(), { alg }), /no key/);
  });

  it('signed by a key of its own, named in its head, is refused, and no address in it is asked', async (t) => {
    const asked: string[] = [];
    const evil = rsa();
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(JSON.stringify({ keys: [evil.publicKey.export({ format: 'jwk' })] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const jwk = evil.publicKey.export({ format: 'jwk' });
    const heads = [
      ...[{ jwk }, { jku: url }, { x5u: url }, { x5c: ['MIIB'] }, { jwk, kid: undefined }],
      ...[{ kid: url }, { kid: '../../dev/null' }, { kid: "x' OR 1=1" }, { kid: '/etc/passwd' }, { kid: '__proto__' }],
      ...[{ kid: '' }, { kid: 7 }, { kid: ['rsa-1'] }, { kid: { $ne: '' } }, { kid: null }],
    ];
    for (const head of heads)
      await isRefused(token({ alg: 'RS256', kid: 'rsa-1', ...head }, claims(), withRsa(evil.privateKey)), /not valid/);
    await isRefused(token({ alg: 'HS256', kid: '/dev/null' }, claims(), withSecret('')), /not valid/);
    await isRefused(byRsa(claims({ iss: url })), /no issuer that this server knows/);
    assert.deepEqual(asked, []);
    assert.ok(await identity().authenticate(byRsa(claims(), { jku: url, x5u: url, jwk })), 'they are not looked at');
  });

  it('with an extension that must be understood is refused, as none is', async () => {
    for (const crit of [['exp'], ['b64'], [], 'b64', null])
      await isRefused(byRsa(claims(), { crit, b64: false }), /not valid/);
  });

  it('for another audience, from another issuer, or without either is refused', async () => {
    for (const aud of ['other', ['other'], [], '', null, undefined, {}, `${AUDIENCE}x`, [[AUDIENCE]]])
      await isRefused(byRsa(claims({ aud })), /another audience/);
    for (const iss of ['https://evil.test', `${ISSUER}/`, `${ISSUER}.evil.test`, '', null, undefined, [ISSUER], {}])
      await isRefused(byRsa(claims({ iss })), /no issuer that this server knows/);
  });

  it('has an end, and is refused past it and before its beginning, but for 30 s', async () => {
    for (const exp of [undefined, null, '9999999999', 'soon', true, [seconds + 300], {}])
      await isRefused(byRsa(claims({ exp })), /`exp`/);
    await isRefused(byRsa(claims({ exp: 1e300 })), /`exp` is no time/);
    await isRefused(byRsa(claims({ exp: seconds - 30 })), /expired/);
    await isRefused(byRsa(claims({ exp: 0 })), /expired/);
    await isRefused(byRsa(claims({ exp: -1 })), /expired/);
    assert.ok(await identity().authenticate(byRsa(claims({ exp: seconds - 29 }))));
    await isRefused(byRsa(claims({ nbf: seconds + 31 })), /not in force yet/);
    await isRefused(byRsa(claims({ nbf: 'soon' })), /`nbf`/);
    assert.ok(await identity().authenticate(byRsa(claims({ nbf: seconds + 30 }))));
  });

  it('with one bit flipped anywhere is refused', async () => {
    const given = byRsa();
    for (let at = 0; at < given.length; at += 3) {
      const flipped = String.fromCharCode(given.charCodeAt(at) ^ 1);
      await isRefused(given.slice(0, at) + flipped + given.slice(at + 1), /not valid/);
    }
  });

  it('that is too long, or no JWT, is refused before anything is parsed', async () => {
    const long = byRsa(claims({ junk: 'x'.repeat(5_000) }));
    const other = [
      '.',
      '..',
      '...',
      'a.b',
      'a.b.c',
      'e30.e30.e30',
      'W10.W10.AA',
      'bnVsbA.bnVsbA.AA',
      `${'['.repeat(3000)}.a.a`,
    ];
    for (const given of [long, ...other, `${byRsa()}=`, `${byRsa()}\n`, ` ${byRsa()}`])
      await isRefused(given, /not valid/);
  });

  it('names nobody with characters that a log could be forged with, nor like a stored token', async () => {
    const { name, id } = await identity().authenticate(byRsa(claims({ sub: 'local\r\n{"actor":"admin"}\u2028' })));
    assert.match(name, /^[\x20-\x7e]+$/);
    assert.match(name, / of https:/, 'no stored token has a space in its name');
    assert.match(id, /^signed-/);
    assert.equal(
      (await identity().authenticate(byRsa(claims({ sub: 'x'.repeat(1000) })))).name.length,
      200 + 4 + ISSUER.length,
    );
  });
});
