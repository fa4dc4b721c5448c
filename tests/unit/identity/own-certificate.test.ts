import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { issueCertificate, makeAuthority } from '../../../src/identity/certificates/authority.ts';
import { newPrivateKey } from '../../../src/identity/certificates/key.ts';
import { ownCertificateProblem } from '../../../src/identity/certificates/own-certificate.ts';

const DAY = 86_400_000;
const now = Date.UTC(2026, 10, 5);
const [authority, other] = await Promise.all([makeAuthority('a', now), makeAuthority('b', now)]);
const key = newPrivateKey();
const wish = { publicKey: createPublicKey(key), commonName: 'x', names: ['a.test', '*.b.test'], now, lifetime: DAY };
const leaf = await issueCertificate(authority, wish);
const good = { chain: `${leaf}\n${authority.certificate}\n`, key, names: ['a.test', 'c.b.test'], now };

test('a pair with its chain for these names is taken, with the CA or without', () => {
  assert.equal(ownCertificateProblem(good), undefined);
  assert.equal(ownCertificateProblem({ ...good, chain: leaf }), undefined);
});

for (const [what, change, problem] of [
  ['no certificate', { chain: 'x' }, /^it holds no certificate/],
  ['a damaged one', { chain: leaf.replace(/M/g, 'A') }, /^it holds no certificate/],
  ['no key', { key: 'SECRET' }, /^its private key cannot be read/],
  ['the key of another one', { key: newPrivateKey() }, /^its private key is that of another certificate$/],
  ['another name', { names: ['a.test', 'a.c.b.test'] }, /^it is not for a\.c\.b\.test, but for a\.test, \*\.b\.test$/],
  ['one that is over', { now: now + 2 * DAY }, /^it has expired on 2026-11-06$/],
  ['one that has not begun', { now: now - 2 * DAY }, /^it is not valid before 2026-11-04$/],
  [
    'a chain of another CA',
    { chain: `${leaf}\n${other.certificate}` },
    /certificate 1 is not signed by the one after it/,
  ],
  ['a chain with the CA first', { chain: `${authority.certificate}\n${leaf}` }, /that of another certificate/],
] as const) {
  test(`${what} is told in words, without the key`, () => {
    const found = ownCertificateProblem({ ...good, ...change });
    assert.match(found ?? '', problem);
    assert.doesNotMatch(found ?? '', /SECRET|PRIVATE/);
  });
}
