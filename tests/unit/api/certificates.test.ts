import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AcmeFailure } from '../../../src/acme/failure.ts';
import { createInternalCa } from '../../../src/controllers/certificates/internal.ts';
import { failed } from '../../../src/core/certificates/retry.ts';
import type { TlsSpec } from '../../../src/core/model/tls-spec.ts';
import { revision, service } from '../controllers/support/shop.ts';
import { spec } from '../core/rollout/spec.ts';
import { putService } from '../store/put-service.ts';
import { web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

const LIST = '/api/v1/certificates';
const CA = 'https://ca.example.com/dir';
const TERMS = 'https://ca.example.com/terms';

describe('certificates of domains', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi({ servesHttps: true });
    await deploy('shop', 'web', ['shop.example.com']);
    await deploy('blog', 'web', ['blog.lan'], { mode: 'internal' });
    await deploy('blog', 'nas', ['nas.lan']);
    await deploy('blog', 'old', ['old.example.com'], { mode: 'off' });
    await deploy('blog', 'own', ['own.example.com'], { mode: 'own', cert: 'CERT', key: 'KEY' });
  });
  after(() => test.close());

  async function deploy(project: string, name: string, domains: readonly string[], tls?: TlsSpec): Promise<void> {
    const one = service({ project, name });
    const its = revision({ project, service: name, spec: spec({ project, name, domains, tls }) });
    await test.state.store.txn({ then: [...putService(test.state, one), test.state.revisions.put(its)] });
  }
  const list = async (as: 'admin' | 'shopper' = 'admin') =>
    (await test.ask('GET', LIST, { as })).body.certificates as readonly Record<string, unknown>[];
  const renew = (name: string) => test.ask('POST', `${LIST}/${name}/renew`, { as: 'deployer' });

  it('are told with what comes next, to who may see the service', async () => {
    assert.deepEqual(
      (await list()).map(({ name, source, state, next }) => [name, source, state, (next as { step: string }).step]),
      [
        ['blog.lan', 'internal', 'missing', 'order'],
        ['nas.lan', 'acme', 'missing', 'unsignable'],
        ['own.example.com', 'own', 'missing', 'replace'],
        ['shop.example.com', 'acme', 'missing', 'agree'],
      ],
    );
    assert.deepEqual(
      (await list('shopper')).map(({ name }) => name),
      ['shop.example.com'],
    );
    assert.equal((await test.ask('GET', `${LIST}/blog.lan`, { as: 'shopper' })).status, 404);
    assert.equal((await test.ask('GET', `${LIST}/shop.example.com`, { as: 'shopper' })).body.service, 'web');
  });

  it('cannot be asked for where nothing would come of it: each refusal says what to do', async () => {
    for (const [name, why, hint] of [
      ['shop.example.com', /nobody has agreed/, /orca certs agree/],
      ['nas.lan', /no public CA/, /tls: internal/],
      ['own.example.com', /is your own/, /orca secrets set/],
    ] as const) {
      const { status, body } = await renew(name);
      assert.equal(status, 409, name);
      assert.match(body.error, why);
      assert.match(body.hint, hint);
    }
    assert.equal((await renew('nowhere.example.com')).status, 404);
  });

  it('are missing, which a plan says in one sentence, until an admin agrees', async () => {
    const planned = async (keys: object): Promise<readonly string[]> => {
      const body = { services: [web(keys)] };
      const answer = await test.ask('POST', '/api/v1/plan', { as: 'admin', body });
      assert.equal(answer.status, 200, answer.text);
      return answer.body.warnings.filter((one: string) => /orca certs/.test(one));
    };
    const told = await planned({ name: 'two', domains: ['a.example.com', 'b.example.com'] });
    assert.deepEqual(told, [
      'two: browsers warn about https://a.example.com and 1 more until an admin agrees once to the terms of a CA: orca certs agree',
    ]);
    assert.deepEqual(await planned({ name: 'inside', domain: 'inside.lan' }), [], 'where it would not help');
  });

  it('wait for an admin who agrees to the terms that the CA has', async () => {
    const told = (await test.ask('GET', '/api/v1/acme', { as: 'admin' })).body;
    assert.deepEqual(told, { directory: CA, agreed: null, terms: TERMS, account_needed: false });
    const agree = (body: object) => test.ask('POST', '/api/v1/acme/agree', { as: 'admin', body });
    const other = await agree({ terms: 'https://ca.example.com/older' });
    assert.equal(other.status, 409);
    assert.match(other.body.error, /other terms/);
    const { status, body } = await agree({ terms: TERMS, email: 'ops@example.com' });
    assert.equal(status, 200);
    assert.deepEqual([body.agreed.by, body.agreed.email], ['admin', 'ops@example.com']);
    assert.deepEqual((await list()).find(({ name }) => name === 'shop.example.com')?.['next'], {
      step: 'order',
      at: null,
    });
  });

  it('are not agreed to where the CA is away, in its words', async () => {
    const { askCa } = test;
    test.askCa = () => Promise.reject(new AcmeFailure('away', 'the CA is not reached', { hint: 'look' }));
    const { status, body } = await test.ask('GET', '/api/v1/acme', { as: 'admin' });
    test.askCa = askCa;
    assert.deepEqual([status, body.error, body.hint], [503, 'the CA is not reached', 'look']);
  });

  it('are asked for anew after a failure, which is told', async () => {
    const { state } = test;
    const failure = { name: 'shop.example.com', stage: 'order', error: 'the CA said no', hint: 'ask it why' } as const;
    await state.store.txn({ then: [state.certificateAttempts.put(failed(failure, undefined, test.now))] });
    const waiting = (await list()).find(({ name }) => name === 'shop.example.com');
    assert.equal((waiting?.['next'] as { step: string } | undefined)?.step, 'retry');
    assert.deepEqual((waiting?.['error'] as { message: string } | undefined)?.message, 'the CA said no');
    const { status, body } = await renew('shop.example.com');
    assert.deepEqual([status, body.name], [202, 'shop.example.com']);
    assert.deepEqual((await list()).find(({ name }) => name === 'shop.example.com')?.['next'], {
      step: 'order',
      at: null,
    });
  });

  it('by the CA of the cluster are told, without any key', async () => {
    assert.equal((await test.ask('GET', '/api/v1/internal-ca', { as: 'viewer' })).status, 404);
    const { state, vault } = test;
    const clock = { now: () => test.now };
    const commit = async (compare: never, then: never) => void (await state.store.txn({ compare, then }));
    const internal = createInternalCa({ state, vault, commit: commit as never, cluster: 'c1', clock });
    await internal.sign({ name: 'blog.lan', source: 'internal', project: 'blog', service: 'web' });
    const found = (await list()).find(({ name }) => name === 'blog.lan');
    assert.equal(found?.['state'], 'valid');
    assert.match(String(found?.['issuer']), /^orca orca c1 sites/);
    const ca = (await test.ask('GET', '/api/v1/internal-ca', { as: 'viewer' })).body;
    assert.match(ca.certificate, /^-----BEGIN CERTIFICATE-----/);
    const everything = JSON.stringify([ca, await list(), (await state.store.range({ prefix: '' })).entries]);
    assert.ok(!everything.includes('PRIVATE KEY'));
  });
});
