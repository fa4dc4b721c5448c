import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type Caller, openApi, type TestApi } from './test-api.ts';

const FILES = ['audit.log', 'audit-refused.log'] as const;

async function open(t: TestContext): Promise<TestApi> {
  const test = await openApi();
  t.after(() => test.close());
  return test;
}

function contentOf({ folder }: TestApi, file: (typeof FILES)[number]): string {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch {
    return '';
  }
}

/** Every line parses, or the test fails. */
const linesOf = (test: TestApi, ...files: (typeof FILES)[number][]) =>
  (files.length > 0 ? files : FILES).flatMap((file) =>
    contentOf(test, file)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  );

const since = (test: TestApi) => {
  const before = Object.fromEntries(FILES.map((file) => [file, linesOf(test, file).length]));
  return () => FILES.flatMap((file) => linesOf(test, file).slice(before[file]));
};

/** POST in the documents of other systems, and here they only tell: agents send them every few seconds. */
const READING: ReadonlySet<string> = new Set([
  '/api/v1/nodes/heartbeat',
  '/api/v1/nodes/task-published-port',
  '/v1/internal/hosts/{id}/heartbeat',
  '/api/v1/scheduler/assign-pending',
  '/api/v1/scheduler/reconcile-deployment/{id}',
]);

describe('the audit log', () => {
  it('has one line for each call that changes something and each refusal, on every route there is', async (t) => {
    const test = await open(t);
    const callers = [undefined, 'expired', 'viewer', 'deployer', 'admin', 'shopAdmin'] as const;
    let changing = 0;
    for (const { endpoint } of test.api.routes) {
      const { method, path, access, changes, produces } = endpoint;
      if (path === '/api/v1/events') continue; // has no end
      const isChange = method !== 'GET' || produces === 'websocket';
      const isReading = path.endsWith('/plan') || READING.has(path);
      assert.equal(changes, isChange && !isReading, `${method} ${path} says whether it changes`);
      for (const as of callers) {
        test.now += 60_000; // wrong credentials are forgotten
        const target = path.replace(/\{id\}/g, '4711').replace(/\{\w+\}/g, 'unknown');
        const news = since(test);
        const { status } = await test.ask(method, target, { as, ...(method === 'GET' ? {} : { body: {} }) });
        const named = `${method} ${path} as ${as}: ${status}`;
        const refused = [401, 403, 429].includes(status) || (status === 404 && as === 'shopAdmin');
        const lines = news();
        assert.equal(lines.length, refused || (changes && access !== 'public') ? 1 : 0, named);
        const [line] = lines;
        if (!line) continue;
        const unknown = as === undefined || as === 'expired' || access === 'signature';
        assert.deepEqual(
          [line.actor, line.address, line.method, line.path, line.status, line.result],
          [unknown ? null : as, '127.0.0.1', method, target, status, refused ? 'refused' : line.result],
          named,
        );
        if (!refused) changing += 1;
      }
    }
    assert.ok(changing > 60, String(changing));
    assert.equal(linesOf(test, 'audit.log').length, changing);
  });

  it('says what was asked for, of whom, and what came of it', async (t) => {
    const test = await open(t);
    const services = [{ name: 'web', project: 'shop', image: 'acme/web:1', env: { KEY: 'canary-of-env' } }];
    await test.ask('POST', '/api/v1/deploy?wait=false', { as: 'deployer', body: { services } });
    await test.ask('POST', '/api/v1/services/web/scale?project=shop', { as: 'shopper', body: { replicas: 3 } });
    await test.ask('DELETE', '/api/v1/services/web?purge', { as: 'admin' });
    await test.ask('POST', '/api/v1/services/web/scale', { as: 'admin', body: { replicas: -1 } });
    const told = linesOf(test, 'audit.log').map(({ actor, path, about, status, code, result }) => [
      actor,
      path,
      about,
      status,
      code,
      result,
    ]);
    assert.deepEqual(told, [
      ['deployer', '/api/v1/deploy', { wait: false, services: ['shop/web'] }, 202, null, 'begun'],
      ['shopper', '/api/v1/services/web/scale', { project: 'shop', replicas: 3 }, 200, null, 'done'],
      ['admin', '/api/v1/services/web', { purge: true }, 200, null, 'done'],
      ['admin', '/api/v1/services/web/scale', null, 422, 'invalid', 'failed'],
    ]);
  });

  it('is for its owner only, and has no secret in it', async (t) => {
    const test = await open(t);
    const services = [
      { name: 'web', project: 'shop', image: 'a/b:1', env: { KEY: 'canary-env' }, command: ['canary-c'] },
    ];
    await test.ask('POST', '/api/v1/deploy?wait=false', { as: 'admin', body: { services } });
    const made = await test.ask('POST', '/api/v1/tokens', { as: 'admin', body: { name: 'ci', role: 'viewer' } });
    await test.ask('POST', `/api/v1/tokens/${made.body.id}/rotate`, { as: 'admin', body: {} });
    await test.ask('POST', '/api/v1/stop?token=canary-query', { as: 'viewer', body: {} });
    await test.ask('POST', '/api/v1/stop?token=canary-query', { as: 'admin', body: {} });
    await test.ask('GET', '/api/v1/status', { authorization: 'Bearer canary-bearer' });
    for (const file of FILES) {
      assert.equal(statSync(join(test.folder, file)).mode & 0o777, 0o600);
      const text = contentOf(test, file);
      assert.ok(text.length > 0);
      assert.doesNotMatch(text, /canary|orca_/);
      for (const token of Object.values(test.tokens)) assert.ok(!text.includes(token));
    }
  });

  it('cannot be made to have a line that nobody wrote', async (t) => {
    const test = await open(t);
    const forged = '\r\n{"actor":"admin"}\u2028\u0085\u001b[2K\u202e';
    const news = since(test);
    await test.ask('POST', `/api/v1/services/${encodeURIComponent(forged)}/start`, { as: 'admin' });
    await test.ask('DELETE', '/x%0d%0a%7b%22actor%22:%22admin%22%7d', {});
    await test.ask('DELETE', `/api/v1/projects/a?purge=${encodeURIComponent(forged)}`, { as: 'admin' });
    await test.ask('POST', '/api/v1/deploy', { as: 'admin', body: { services: [{ name: forged, project: forged }] } });
    assert.equal(news().length, 4);
    for (const file of FILES) assert.match(contentOf(test, file), /^[\x20-\x7e\n]*$/, file);
  });

  it('has refusals before a route is known', async (t) => {
    const test = await open(t);
    const news = since(test);
    const { status } = await test.ask('GET', '/api/v1/health', { headers: { host: 'evil.example.com' } });
    assert.equal(status, 403);
    assert.deepEqual(
      news().map(({ actor, path, result }) => [actor, path, result]),
      [[null, '/api/v1/health', 'refused']],
    );
  });
});

describe('GET /api/v1/audit', () => {
  const audit = async (test: TestApi, query = '', as: Caller = 'admin') =>
    test.ask('GET', `/api/v1/audit${query}`, { as });

  it('tells the newest, in the order of time, of changes and refusals or one of the two', async (t) => {
    const test = await open(t);
    for (let n = 0; n < 4; n += 1) {
      await test.ask('POST', `/api/v1/services/w${n}/start`, { as: 'admin' });
      await test.ask('POST', `/api/v1/services/w${n}/start`, { as: 'viewer' });
    }
    const { body } = await audit(test);
    assert.deepEqual(
      body.entries.map(({ actor, status }: { actor: string; status: number }) => `${actor} ${status}`),
      Array(4).fill(['admin 404', 'viewer 403']).flat(),
    );
    assert.deepEqual(Object.keys(body.entries[0]).toSorted(), [
      ...[
        'about',
        'actor',
        'actor_id',
        'address',
        'at',
        'code',
        'method',
        'path',
        'request_id',
        'result',
        'role',
        'status',
      ],
    ]);
    const paths = async (query: string) =>
      (await audit(test, query)).body.entries.map(
        ({ path, actor }: { path: string; actor: string }) => `${actor} ${path}`,
      );
    assert.deepEqual(await paths('?limit=1'), ['viewer /api/v1/services/w3/start']);
    assert.deepEqual(await paths('?limit=1&only=changes'), ['admin /api/v1/services/w3/start']);
    assert.equal((await paths('?only=refusals')).length, 4);
    const at = new Date(body.entries[5].at).toISOString();
    assert.equal((await paths(`?since=${at}`)).length, 3);
    assert.equal((await paths('?since=0s')).length, 0);
  });

  it('is for admins of the whole cluster', async (t) => {
    const test = await open(t);
    for (const as of ['viewer', 'deployer', 'shopAdmin'] as const)
      assert.equal((await audit(test, '', as)).status, 403);
    assert.equal((await audit(test, '?limit=1001')).status, 422);
    assert.deepEqual((await audit(test, '?limit=0')).body, { entries: [] });
  });
});
