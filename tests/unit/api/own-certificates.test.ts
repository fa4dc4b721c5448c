import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { issueCertificate, makeAuthority } from '../../../src/identity/certificates/authority.ts';
import { newPrivateKey } from '../../../src/identity/certificates/key.ts';
import { web } from './records.ts';
import { openApi } from './test-api.ts';

test('an own certificate is looked at before anything is deployed, by deploy and by plan', async (t) => {
  const api = await openApi();
  t.after(() => api.close());
  api.now = Date.UTC(2026, 10, 5);
  await api.state.store.txn({ then: [api.state.cluster.put({ name: 'term', number: 1 })] });
  const authority = await makeAuthority('a', Date.now());
  const [key, another] = [newPrivateKey(), newPrivateKey()];
  const wish = { publicKey: createPublicKey(key), commonName: 'a.test', names: ['a.test'], now: api.now };
  const cert = await issueCertificate(authority, { ...wish, lifetime: 3_600_000 });
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
