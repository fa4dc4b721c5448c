import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { readIssuers } from '../../../src/config/issuers.ts';
import { signedTokens } from '../../../src/signed-tokens.ts';
import { claims, ISSUER, rsa, token, withRsa } from '../identity/signed/issuer.ts';
import { openApi, until } from './test-api.ts';

const KEY = rsa();
const JWK = { ...KEY.publicKey.export({ format: 'jwk' }), kid: 'k' };
const MAP = [
  { claims: { repository: 'acme/shop' }, role: 'deployer', projects: ['shop'] },
  { claims: { repository: 'acme/ops' }, role: 'admin', projects: 'all' },
];

async function open(t: TestContext) {
  const issuers = readIssuers([{ issuer: ISSUER, audience: 'orca-test', keys: [JWK], map: MAP }]);
  const test = await openApi({ signed: (around) => signedTokens(issuers, { ...around, wall: around.clock }) });
  t.after(() => test.close());
  test.now = Date.UTC(2026, 10, 30);
  const bearer = (changes: object = {}) =>
    `Bearer ${token({ alg: 'RS256', kid: 'k' }, claims(changes), withRsa(KEY.privateKey))}`;
  return { test, bearer };
}

describe('the API, by a signed token', () => {
  it('lets it do what its map says, in its projects, and says who it is', async (t) => {
    const { test, bearer } = await open(t);
    const authorization = bearer();
    const who = await test.ask('GET', '/v1/auth/whoami', { authorization });
    assert.deepEqual([who.status, who.body.role, who.body.projects], [200, 'deployer', ['shop']]);
    const services = [{ name: 'web', project: 'shop', image: 'acme/web:1' }];
    const shop = await test.ask('POST', '/api/v1/deploy?wait=false', { authorization, body: { services } });
    assert.equal(shop.status, 202, shop.text);
    const blog = await test.ask('POST', '/api/v1/deploy?wait=false', {
      authorization,
      body: { services: [{ name: 'web', project: 'blog', image: 'acme/web:1' }] },
    });
    assert.equal(blog.status, 403, blog.text);
    assert.equal((await test.ask('POST', '/api/v1/stop', { authorization, body: {} })).status, 403);
    assert.equal((await test.ask('GET', '/api/v1/tokens', { authorization })).status, 403);
    const { entries } = (await test.ask('GET', '/api/v1/audit?only=changes', { as: 'admin' })).body;
    assert.equal(entries[0].actor, `repo:acme/shop:ref:refs/heads/main of ${ISSUER}`);
  });

  it('makes no token that outlives it', async (t) => {
    const { test, bearer } = await open(t);
    const authorization = bearer({ repository: 'acme/ops' });
    const longer = { name: 'kept', role: 'viewer', expires: '1d' };
    assert.equal((await test.ask('POST', '/api/v1/tokens', { authorization, body: longer })).status, 403);
    const { status, body } = await test.ask('POST', '/api/v1/tokens', {
      authorization,
      body: { name: 'short', role: 'viewer' },
    });
    assert.deepEqual([status, body.expires_at], [201, Date.UTC(2026, 10, 30) + 300_000]);
  });

  it('answers 401 for one that is not valid, and counts it as a wrong credential; 403 for one that no map fits', async (t) => {
    const { test, bearer } = await open(t);
    const unmapped = await test.ask('GET', '/api/v1/status', { authorization: bearer({ repository: 'evil/shop' }) });
    assert.deepEqual([unmapped.status, unmapped.body.code], [403, 'forbidden']);
    await until(() =>
      test.logged.some((line) => line.includes('fits no map of auth.issuers') && line.includes('acme/shop')),
    );
    const { entries } = (await test.ask('GET', '/api/v1/audit', { as: 'admin' })).body;
    assert.deepEqual(entries[0].about, { subject: 'repo:acme/shop:ref:refs/heads/main', issuer: ISSUER });
    const statuses: number[] = [];
    for (let n = 0; n < 11; n += 1)
      statuses.push((await test.ask('GET', '/api/v1/status', { authorization: bearer({ exp: 5 + n }) })).status);
    assert.deepEqual(statuses, [...Array(10).fill(401), 429]);
    assert.equal((await test.ask('GET', '/api/v1/status', { authorization: bearer() })).status, 200);
  });

  it('takes one of 4 KiB, and none that is longer', async (t) => {
    const { test, bearer } = await open(t);
    const fill = (characters: number) => bearer({ junk: 'x'.repeat(characters) });
    const base = fill(0).length - 'Bearer '.length;
    const fits = fill(Math.floor(((4096 - base) * 3) / 4) - 3);
    assert.ok(fits.length > 4000 && fits.length <= 4096 + 7);
    assert.equal((await test.ask('GET', '/api/v1/status', { authorization: fits })).status, 200);
    const long = await test.ask('GET', '/api/v1/status', { authorization: fill(3_500) });
    assert.deepEqual([long.status, long.body.code], [401, 'unauthorized']);
    assert.equal(
      (await test.ask('GET', '/api/v1/status', { authorization: `${bearer()} ${'x'.repeat(5000)}` })).status,
      401,
    );
  });

  it('leaves no trace of the token itself, and no record of its use', async (t) => {
    const { test, bearer } = await open(t);
    const authorization = bearer();
    await test.ask('POST', '/api/v1/services/web/start', { authorization });
    await test.ask('POST', '/api/v1/stop', { authorization, body: {} });
    const { entries } = (await test.ask('GET', '/api/v1/audit', { as: 'admin' })).body;
    const told = JSON.stringify(entries) + test.logged.join('');
    for (const part of authorization.slice('Bearer '.length).split('.')) assert.ok(!told.includes(part));
    const { entries: uses } = await test.state.store.range({ prefix: 'token-uses/' });
    assert.ok(uses.every(({ key }) => !key.includes('signed-')));
  });

  it('looks at none where no issuer is named', async (t) => {
    const test = await openApi();
    t.after(() => test.close());
    const { bearer } = await open(t);
    const answer = await test.ask('GET', '/api/v1/status', { authorization: bearer() });
    assert.deepEqual([answer.status, answer.body.error], [401, 'the token is not valid']);
  });

  it("is judged by the machine's time as it is, not by the clock that goes to it step by step", async (t) => {
    const issuers = readIssuers([{ issuer: ISSUER, audience: 'orca-test', keys: [JWK], map: MAP }]);
    const wall = { now: () => Date.UTC(2026, 10, 30) };
    const test = await openApi({ signed: (around) => signedTokens(issuers, { ...around, wall }) });
    t.after(() => test.close());
    const authorization = `Bearer ${token({ alg: 'RS256', kid: 'k' }, claims(), withRsa(KEY.privateKey))}`;
    for (const off of [-3_600_000, 3_600_000]) {
      test.now = wall.now() + off;
      assert.equal((await test.ask('GET', '/api/v1/status', { authorization })).status, 200);
    }
  });
});
