import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mayAct } from '../../../src/core/model/token.ts';
import { type Caller, openApi, type TestApi } from './test-api.ts';

describe('authorization', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
  });
  after(() => test.close());

  /** Every parameter gets a name that is valid and unknown: what passes the door finds nothing. */
  const targetOf = (path: string) => path.replace(/\{id\}/g, '4711').replace(/\{\w+\}/g, 'unknown');
  /** An empty object is no deploy, no scale, no plan: nothing happens whoever sends it. */
  const call = (method: string, path: string, as?: Caller, authorization?: string) => {
    test.now += 60_000; // wrong credentials are forgotten
    return test.ask(method, targetOf(path), { as, authorization, ...(method === 'POST' ? { body: {} } : {}) });
  };

  /** Streams that do not end by themselves. */
  const isEndless = (path: string) => path === '/api/v1/events';

  it('is decided for every route by what the route itself says', async () => {
    assert.ok(test.api.routes.length > 60);
    for (const { endpoint } of test.api.routes) {
      const { method, path, access, scope } = endpoint;
      const named = `${method} ${path}`;
      if (isEndless(path)) continue;
      const nobody = await call(method, path);
      if (access === 'public') {
        assert.equal(nobody.status, 200, named);
        continue;
      }
      assert.equal(nobody.status, 401, named);
      assert.equal(nobody.body.code, 'unauthorized', named);
      assert.equal((await call(method, path, 'expired')).status, 401, `${named} with an expired token`);
      if (access === 'signature') {
        assert.equal((await call(method, path, 'admin')).status, 401, `${named} takes no token for a signature`);
        continue;
      }
      for (const role of ['viewer', 'deployer', 'admin'] as const) {
        const { status } = await call(method, path, role);
        if (mayAct(role, access)) assert.ok(status !== 401 && status !== 403, `${named} as ${role}: ${status}`);
        else assert.equal(status, 403, `${named} as ${role}`);
      }
      const scoped = await call(method, path, 'shopAdmin');
      if (scope === 'cluster') assert.equal(scoped.status, 403, `${named} with a token of one project`);
      else assert.notEqual(scoped.status, 403, named);
      assert.ok(![500, 502, 503].includes(scoped.status), `${named}: ${scoped.text}`);
    }
  });

  it('refuses a wrong token, and what is no token, on every kind of route', async () => {
    const wrong = ['Bearer orca_wrong', 'Basic YTpi', 'Bearer', 'bearer  ', `Bearer ${'x'.repeat(5000)}`, 'Bearer a b'];
    for (const authorization of wrong) {
      const { status, body, headers } = await call('GET', '/api/v1/status', undefined, authorization);
      assert.equal(status, 401, authorization.slice(0, 20));
      assert.equal(body.code, 'unauthorized');
      assert.ok(body.hint);
      assert.match(String(headers['www-authenticate']), /^Bearer/);
    }
    assert.equal((await call('GET', '/api/v1/status', 'viewer')).status, 200);
  });

  it('answers an unknown path 401 without a token and 404 with one, and a wrong method 405', async () => {
    const paths = [
      '/nothing',
      '/api/v1',
      '/api/v1/health/',
      '/API/V1/HEALTH',
      '//api/v1/status',
      '/api/v1/status/../x',
    ];
    for (const path of [...paths, '/%2e%2e/etc/passwd', '/api/v1/services/%zz/logs/x', '/__proto__', '/constructor']) {
      assert.equal((await call('GET', path)).status, 401, path);
      assert.equal((await call('GET', path, 'admin')).status, 404, path);
    }
    assert.equal((await call('DELETE', '/api/v1/status')).status, 401);
    const wrong = await call('DELETE', '/api/v1/status', 'admin');
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.allow, 'HEAD, GET, OPTIONS');
    const options = await call('OPTIONS', '/api/v1/status', 'viewer');
    assert.equal(options.status, 204);
    assert.equal((await call('OPTIONS', '/api/v1/status')).status, 401);
  });

  it('answers HEAD like GET, without a body', async () => {
    assert.equal((await call('HEAD', '/api/v1/status')).status, 401);
    for (const path of ['/api/v1/status', '/api/v1/health', '/api/v1/events']) {
      const head = await call('HEAD', path, 'viewer');
      assert.equal(head.status, 200);
      assert.equal(head.text, '');
    }
  });

  it('answers endpoints of later releases 501 behind their role', async () => {
    assert.equal((await call('POST', '/api/v1/builds', 'viewer')).status, 403);
    const answer = await call('POST', '/api/v1/builds', 'deployer');
    assert.equal(answer.status, 501);
    assert.equal(answer.body.code, 'not_yet_supported');
  });
});

describe('wrong credentials', () => {
  it('are limited by address: more than ten in a minute are answered 429, and right ones still pass', async (t) => {
    const test = await openApi();
    t.after(() => test.close());
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      statuses.push((await test.ask('GET', '/api/v1/status', { authorization: `Bearer wrong${count}` })).status);
    }
    assert.deepEqual(statuses, [...Array(10).fill(401), 429, 429]);
    assert.equal((await test.ask('GET', '/api/v1/status', { as: 'viewer' })).status, 200);
    assert.equal((await test.ask('GET', '/api/v1/status')).status, 401);
    test.now += 60_000;
    assert.equal((await test.ask('GET', '/api/v1/status', { authorization: 'Bearer wrong' })).status, 401);
  });

  it('never stand in the log, which names address and path of what was refused', async (t) => {
    const test = await openApi();
    t.after(() => test.close());
    await test.ask('GET', '/api/v1/status?project=x', { authorization: 'Bearer sesame-open' });
    await test.ask('POST', '/api/v1/stop', { as: 'viewer', body: {} });
    const log = test.logged.join('');
    assert.doesNotMatch(log, /sesame/);
    assert.ok(!log.includes(test.tokens.viewer));
    assert.match(log, /"level":"warn".*"path":"\/api\/v1\/status","status":401.*"address":"127.0.0.1".*"refused"/);
    assert.match(log, /"path":"\/api\/v1\/stop","status":403.*"caller":"viewer"/);
  });
});
