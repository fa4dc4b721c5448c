import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { issueCertificate, makeAuthority } from '../../../src/identity/certificates/authority.ts';
import { newPrivateKey } from '../../../src/identity/certificates/key.ts';
import { deployed, web } from './records.ts';
import { openApi } from './test-api.ts';

test('an own certificate is looked at before anything is deployed, by deploy and by plan', async (t) => {
  const api = await openApi();
  t.after(() => api.close());
  api.now = Date.UTC(2026, 10, 5);
  await api.state.store.txn({ then: [api.state.cluster.put({ name: 'term', number: 1 })] });
  const { key, cert } = await made(api.now);
  const another = newPrivateKey();
  const set = (name: string, value: string) =>
    api.ask('PUT', `/api/v1/secrets/${name}?project=shop`, { as: 'admin', body: { value } });
  const service = (domain: string) => web({ port: 80, domain, tls: { cert: 'CERT', key: 'KEY' } });
  const errorOf = async (path: string, domain = 'a.test'): Promise<string> => {
    const { text } = await api.ask('POST', path, { as: 'deployer', body: { services: [service(domain)] } });
    return text;
  };
  const both = ['/api/v1/deploy?wait=false', '/api/v1/plan'];
  for (const path of both)
    assert.match(await errorOf(path), /tls\.cert: the secret CERT is not set in the project shop/);
  await set('CERT', cert);
  for (const path of both) assert.match(await errorOf(path), /tls\.key: the secret KEY is not set in the project shop/);
  await set('KEY', another);
  for (const path of both) assert.match(await errorOf(path), /its private key is that of another certificate/);
  await set('KEY', key);
  for (const path of both) {
    assert.match(await errorOf(path, 'b.test'), /it is not for b\.test, but for a\.test/);
    const text = await errorOf(path);
    assert.doesNotMatch(text, /certificate/);
    assert.doesNotMatch(text, /PRIVATE/);
  }
  assert.equal((await api.state.services.get('shop', 'web'))?.value.revision, 1);
});

test('secrets that a certificate lies in are used: they are told so, in the version that is served, and not removed', async (t) => {
  const api = await openApi();
  t.after(() => api.close());
  await api.state.store.txn({ then: [api.state.cluster.put({ name: 'term', number: 1 })] });
  api.now = Date.UTC(2026, 10, 5);
  const { cert, key } = await made(api.now);
  const set = (name: string, value: string, query: string, rest: object = {}) =>
    api.ask('PUT', `/api/v1/secrets/${name}${query}`, { as: 'admin', body: { value, ...rest } });
  await set('CERT', cert, '', { grant: ['shop'] });
  await set('KEY', key, '?project=shop');
  await deployed(api, web({ port: 80, domain: 'a.test', tls: { cert: 'CERT', key: 'KEY' } }));

  const again = await set('KEY', `${key}\n`, '?project=shop', { now: true });
  const use = { project: 'shop', service: 'web', version: 2, certificate: true };
  assert.deepEqual([again.body.used_by, again.body.deployments], [[use], []]);
  const { body: list } = await api.ask('GET', '/api/v1/secrets', { as: 'admin' });
  assert.deepEqual(
    list.secrets.map((one: { key: string; used_by: unknown }) => [one.key, one.used_by]),
    [
      ['CERT', [{ ...use, version: 1 }]],
      ['KEY', [use]],
    ],
  );
  const { body: usage } = await api.ask('GET', '/api/v1/secrets/KEY?project=shop', { as: 'admin' });
  assert.deepEqual(
    usage.versions.map((one: { version: number; used_by: readonly object[] }) => [one.version, one.used_by.length]),
    [
      [2, 1],
      [1, 0],
    ],
  );

  const remove = (place: string) => api.ask('DELETE', `/api/v1/secrets/${place}`, { as: 'admin' });
  await set('KEY', 'not served', '', { grant: ['shop'] });
  assert.equal((await remove('KEY')).status, 200, 'the key of the project comes before that of the cluster');
  for (const place of ['CERT', 'KEY?project=shop']) {
    const { status, body } = await remove(place);
    assert.deepEqual([status, body.details], [409, { used_by: ['shop/web'] }]);
  }
  await deployed(api, web({ port: 80, domain: 'a.test' }));
  for (const place of ['CERT', 'KEY?project=shop']) assert.equal((await remove(place)).status, 200);
});

async function made(now: number) {
  const authority = await makeAuthority('a', Date.now());
  const key = newPrivateKey();
  const wish = { publicKey: createPublicKey(key), commonName: 'a.test', names: ['a.test'], now };
  return { key, cert: await issueCertificate(authority, { ...wish, lifetime: 3_600_000 }) };
}
