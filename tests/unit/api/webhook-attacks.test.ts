import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import { hook, logOf, macOf, pushOf, SHA, send } from './deliveries.ts';
import { deployed, web } from './records.ts';
import { openApi, type TestApi, until } from './test-api.ts';

const PATH = '/api/v1/webhooks/github';
const MIB = 1024 * 1024;

let test: TestApi;
let full: boolean;
beforeEach(async () => {
  full = false;
  test = await openApi({
    works: true,
    wrapStore: (store) => ({
      ...store,
      txn: async (txn) => {
        if (full) throw new OrcaError('unavailable', 'the disk is full');
        return store.txn(txn);
      },
    }),
  });
  await deployed(test, web());
});
afterEach(() => test.close());

describe('a body', () => {
  it('of 30 MB is refused before it is read, told or not, and takes no memory', async () => {
    const { id, secret } = await hook(test);
    const body = JSON.stringify({ ...pushOf(), filler: 'x'.repeat(30_000_000) });
    const headers = {
      'x-github-event': 'push',
      'x-github-delivery': 'd-1',
      'x-hub-signature-256': `sha256=${macOf(secret, body)}`,
    };
    const before = process.memoryUsage().rss;
    const told = await test
      .ask('POST', PATH, { headers: { ...headers, 'content-length': '30000000' }, raw: '' })
      .catch(() => undefined);
    assert.ok(told === undefined || told.status === 413);
    const sent = request({ port: test.port, host: '127.0.0.1', method: 'POST', path: PATH, headers });
    const answer = once(sent, 'response');
    sent.on('error', () => undefined);
    for (let at = 0; at < body.length && !sent.destroyed; at += MIB)
      if (!sent.write(body.slice(at, at + MIB))) await Promise.race([once(sent, 'drain'), answer]);
    const [{ statusCode }] = await answer;
    assert.equal(statusCode, 413);
    sent.destroy();
    assert.ok(process.memoryUsage().rss - before < 100 * MIB); // the client's own copies are in it
    assert.deepEqual(await logOf(test, id), []);
  });

  it('of 20 MB that is signed is taken', async () => {
    const { secret } = await hook(test);
    const { status, body } = await send(test, { secret, body: pushOf({ filler: ['x'.repeat(20 * MIB)] }) });
    assert.equal(status, 200, JSON.stringify(body));
  });

  it('that is cut in the middle leaves no trace, and sent again it is news', async () => {
    const { id, secret } = await hook(test);
    const body = JSON.stringify(pushOf());
    const headers = {
      'x-github-event': 'push',
      'x-github-delivery': 'd-1',
      'x-hub-signature-256': `sha256=${macOf(secret, body)}`,
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const sent = request({ port: test.port, host: '127.0.0.1', method: 'POST', path: PATH, headers });
    sent.on('error', () => undefined);
    sent.write(body.slice(0, 40));
    await until(() => sent.socket?.bytesWritten !== undefined && sent.socket.bytesWritten > 40);
    sent.destroy();
    await until(() => test.logged.some((line) => line.includes(PATH)), 'the request to have ended');
    assert.deepEqual(await logOf(test, id), []);
    assert.equal((await send(test, { secret, delivery: 'd-1' })).body.repeat, false);
  });

  it('that is not JSON, or no push, is 400 once it is known to be signed, and 401 before', async () => {
    const { secret } = await hook(test);
    for (const body of ['{', 'no', '[]', '{}', '{"ref":"main"}', '{"__proto__":{}}', '{"ref":7,"after":[]}']) {
      assert.equal((await send(test, { secret, body })).status, 400, body);
      test.now += 60_000;
      assert.equal((await send(test, { secret: `${secret}x`, body })).status, 401, body);
    }
  });

  it('comes as a form too', async () => {
    const { secret } = await hook(test);
    const body = `payload=${encodeURIComponent(JSON.stringify(pushOf()))}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status } = await send(test, { secret, body, headers });
    assert.equal(status, 200);
  });

  it('that is signed as JSON is not read as a form: the type is not signed, and who pushes writes messages', async () => {
    const { id, secret } = await hook(test);
    const forged = encodeURIComponent(JSON.stringify(pushOf({ after: 'b'.repeat(40) })));
    const body = JSON.stringify(
      pushOf({ ref: 'refs/heads/mine', head_commit: { id: SHA, message: `&payload=${forged}&` } }),
    );
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal((await send(test, { secret, body, headers })).status, 400);
    assert.deepEqual(await logOf(test, id), []);
  });
});

describe('many bodies of which nothing comes', () => {
  it('keep no honest delivery out', async (t) => {
    const { secret } = await hook(test);
    const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: ${MIB}\r\nX-GitHub-Event: push\r\n\r\n`;
    const waiting = ['127.0.0.2', '127.0.0.3'].flatMap((localAddress) =>
      Array.from({ length: 80 }, () => connect({ port: test.port, host: '127.0.0.1', localAddress })),
    );
    t.after(() => {
      for (const socket of waiting) socket.destroy();
    });
    await Promise.all(waiting.map((socket) => once(socket, 'connect')));
    await Promise.all(waiting.map((socket) => new Promise((written) => socket.write(head, written))));
    for (let sent = 0; sent < 5; sent += 1) assert.equal((await send(test, { secret })).status, 200);
  });
});

describe('a proof', () => {
  const post = (headers: Readonly<Record<string, string>>, body = JSON.stringify(pushOf())) => {
    test.now += 60_000;
    return test.ask('POST', PATH, { raw: body, headers });
  };

  it('of SHA-1 alone, of no kind, or a token in its place, is refused', async () => {
    const { secret } = await hook(test);
    const body = JSON.stringify(pushOf());
    const sha1 = createHmac('sha1', secret).update(body).digest('hex');
    const github = { 'x-github-event': 'push', 'x-github-delivery': 'd-1' };
    for (const headers of [
      {},
      github,
      { ...github, 'x-hub-signature': `sha1=${sha1}` },
      { ...github, 'x-hub-signature': `sha256=${macOf(secret, body)}` },
      { ...github, 'x-hub-signature-256': macOf(secret, body) },
      { ...github, 'x-hub-signature-256': `sha256=${macOf(secret, body).toUpperCase()}` },
      { ...github, 'x-hub-signature-256': `sha256=${sha1}` },
      { ...github, 'x-gitlab-token': secret },
      { ...github, authorization: `Bearer ${test.tokens.admin}` },
    ])
      assert.equal((await post(headers)).status, 401, JSON.stringify(headers));
  });

  it('of each provider is taken, and a wrong one is not made good by another header', async () => {
    const { secret } = await hook(test);
    let n = 0;
    const mac = (body: string) => macOf(secret, body);
    const providers: Record<string, (body: string) => Record<string, string>> = {
      gitea: (body) => ({ 'x-gitea-event': 'push', 'x-gitea-delivery': `d-${n}`, 'x-gitea-signature': mac(body) }),
      forgejo: (body) => ({
        'x-forgejo-event': 'push',
        'x-forgejo-delivery': `d-${n}`,
        'x-forgejo-signature': mac(body),
      }),
      github: (body) => ({
        'x-github-event': 'push',
        'x-github-delivery': `d-${n}`,
        'x-hub-signature-256': `sha256=${mac(body)}`,
      }),
      gitlab: () => ({ 'x-gitlab-event': 'Push Hook', 'x-gitlab-event-uuid': `d-${n}`, 'x-gitlab-token': secret }),
    };
    const names = { gitea: 'x-gitea-signature', forgejo: 'x-forgejo-signature', gitlab: 'webhook-signature' };
    for (const [provider, headersOf] of Object.entries(providers)) {
      n += 1;
      const body = JSON.stringify(
        pushOf({ n, ...(provider === 'gitlab' && { project: { path_with_namespace: 'acme/shop' } }) }),
      );
      const wrong = names[provider as keyof typeof names];
      if (wrong) {
        const spoilt = { ...headersOf(body), ...providers['github']?.(body), [wrong]: '0'.repeat(64) };
        assert.equal((await post(spoilt, body)).status, 401, provider);
      }
      const { status, text } = await post(headersOf(body), body);
      assert.equal(status, 200, `${provider}: ${text}`);
    }
  });

  it("of GitLab's signing token counts for five minutes", async () => {
    const { secret } = await hook(test);
    assert.match(secret, /^whsec_/);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const sign = (at: number, id: string) => {
      const body = JSON.stringify({ ...pushOf(), at, project: { path_with_namespace: 'acme/shop' } });
      const stamp = String(Math.floor(at / 1000));
      const mac = createHmac('sha256', key).update(`${id}.${stamp}.${body}`).digest('base64');
      const headers = {
        'x-gitlab-event': 'Push Hook',
        'webhook-id': id,
        'webhook-timestamp': stamp,
        'webhook-signature': `v1,${mac}`,
      };
      return post(headers, body);
    };
    assert.equal((await sign(test.now, 'a')).status, 200);
    for (const late of [-360_000, 480_000]) assert.equal((await sign(test.now + late, 'b')).status, 401);
  });

  it('is not enough without an id of the delivery', async () => {
    const { secret } = await hook(test);
    for (const delivery of ['', 'a b', 'x'.repeat(201)]) {
      const { status, body } = await send(test, { secret, delivery, headers: { 'x-github-delivery': delivery } });
      assert.deepEqual([status, body.error], [400, 'the delivery has no id']);
    }
  });

  it('lets only the webhooks act that it fits, and all of these', async () => {
    const secret = 'one-secret-of-two';
    await deployed(test, web({ name: 'other' }), web({ name: 'third' }));
    const mine = await hook(test, { secret });
    const also = await hook(test, { secret, service_name: 'other' });
    const not = await hook(test, { service_name: 'third' });
    await send(test, { secret, delivery: 'd-1' });
    assert.deepEqual(
      await Promise.all([mine, also, not].map(async ({ id }) => (await logOf(test, id)).length)),
      [1, 1, 0],
    );
  });

  it('that is wrong eleven times in a minute is 429, and a right one still passes', async () => {
    const { secret } = await hook(test);
    const statuses = [];
    for (let n = 0; n < 11; n += 1) statuses.push((await send(test, { secret: 'wrong' })).status);
    assert.deepEqual(statuses, [...Array(10).fill(401), 429]);
    assert.equal((await send(test, { secret })).status, 200);
    const large = pushOf({ filler: ['x'.repeat(2 * MIB)] });
    assert.equal((await send(test, { secret: 'wrong', body: large })).status, 429, 'a large one is not even read');
  });
});

describe('while the store is full', () => {
  it('a delivery is answered 503, and sent again it is news', async () => {
    const { id, secret } = await hook(test);
    full = true;
    const { status, body } = await send(test, { secret, delivery: 'd-1' });
    assert.deepEqual([status, body.code], [503, 'unavailable']);
    full = false;
    assert.deepEqual(await logOf(test, id), []);
    assert.deepEqual((await send(test, { secret, delivery: 'd-1' })).body.repeat, false);
  });

  it('what was answered 202 is deployed once it can be written', async () => {
    const { id, secret } = await hook(test);
    const ref = 'acme/web:1';
    test.engine.resolutions.set(ref, { warning: 'the registry is away', needsPull: false });
    assert.equal((await send(test, { secret, delivery: 'd-1' })).status, 202);
    full = true;
    test.engine.resolutions.set(ref, { image: { ref, digest: 'sha256:new', pinned: 'x' }, needsPull: false });
    assert.equal((await send(test, { secret, delivery: 'd-1' })).status, 202, 'a repeat of what is on disk');
    full = false;
    await until(async () => (await logOf(test, id))[0].outcome === 'deployed');
    assert.equal((await test.state.deployments.list()).length, 2);
  });
});

describe('a secret', () => {
  const add = (secret: unknown) =>
    test.ask('POST', '/api/v1/webhooks', { as: 'admin', body: { repo: 'acme/shop', service_name: 'web', secret } });

  it('is never empty, null, short or with spaces', async () => {
    for (const secret of ['', null, 'short', ' '.repeat(20), 'with a space in its midst', 'x'.repeat(256), 7, {}])
      assert.equal((await add(secret)).status, 422, JSON.stringify(secret));
    assert.deepEqual((await test.ask('GET', '/api/v1/webhooks', { as: 'admin' })).body, { webhooks: [] });
  });

  it('is shown once, and nowhere else: not in lists, the log, the store', async () => {
    const { id, secret } = await hook(test);
    assert.equal(Buffer.from(secret.slice(6), 'base64').length, 32);
    await send(test, { secret });
    const answers = [await test.ask('GET', '/api/v1/webhooks', { as: 'admin' }), await logOf(test, id)];
    const { entries } = await test.state.store.range({ prefix: '' });
    const all = JSON.stringify([answers, entries, test.logged]);
    assert.ok(!all.includes(secret) && !all.includes(secret.slice(6)));
    assert.equal('secret' in (await add('my-own-secret-of-mine')).body, false, 'who gave it knows it');
  });

  it('that cannot be read is 503, not 401: the provider did nothing wrong', async () => {
    const { id, secret } = await hook(test);
    const stored = (await test.state.webhooks.get(id))?.value;
    assert.ok(stored);
    const other = await openApi({ key: randomBytes(32) });
    await other.state.store.txn({ then: [other.state.webhooks.put(stored)] });
    const { status, body } = await send(other, { secret });
    assert.deepEqual([status, body.code], [503, 'unavailable']);
    assert.match(body.error, /encrypted with key/);
    await deployed(other, web());
    const refused = await other.ask('POST', '/api/v1/webhooks', {
      as: 'admin',
      body: { repo: 'a/b', service_name: 'web' },
    });
    assert.equal(refused.status, 503, 'no second key beside the first');
    await other.close();
  });
});

describe('the audit log', () => {
  it('names the webhook that a delivery was for, what was added without its secret, and who was refused', async () => {
    const secret = 'not-for-the-audit-log';
    const { id } = await hook(test, { secret });
    await send(test, { secret });
    await send(test, { secret: 'wrong' });
    const { entries } = (await test.ask('GET', '/api/v1/audit', { as: 'admin' })).body;
    const [added, delivered, refused] = entries.slice(-3);
    assert.deepEqual([added.actor, added.about.repo], ['admin', 'acme/shop']);
    assert.deepEqual(
      [delivered.actor, delivered.actor_id, delivered.result],
      ['webhook of acme/shop', `webhook ${id}`, 'done'],
    );
    assert.deepEqual([refused.actor, refused.result, refused.path], [null, 'refused', PATH]);
    assert.ok(!JSON.stringify(entries).includes(secret));
  });
});

describe('who may what', () => {
  it('a token of one project sees and touches its own webhooks only', async () => {
    await deployed(test, web({ project: 'blog' }));
    const mine = await hook(test, { project: 'shop' });
    const theirs = await hook(test, { project: 'blog' });
    const seen = (await test.ask('GET', '/api/v1/webhooks', { as: 'shopper' })).body.webhooks;
    assert.deepEqual(
      seen.map(({ id }: { id: string }) => id),
      [mine.id],
    );
    const calls = [
      ['GET', `/api/v1/webhooks/${theirs.id}/invocations`],
      ['DELETE', `/api/v1/webhooks/${theirs.id}`],
    ] as const;
    for (const [method, path] of calls) assert.equal((await test.ask(method, path, { as: 'shopAdmin' })).status, 404);
    const body = { repo: 'a/b', service_name: 'web', project: 'blog' };
    assert.equal((await test.ask('POST', '/api/v1/webhooks', { as: 'shopAdmin', body })).status, 404);
    const delivery = { delivery: 'd-1' };
    const again = await test.ask('POST', `/api/v1/webhooks/${theirs.id}/redeliver`, { as: 'shopper', body: delivery });
    assert.equal(again.status, 404);
  });

  it('an admin of some projects leaves webhooks to others', async () => {
    const { id } = await hook(test);
    const { value } = (await test.state.webhooks.get(id)) ?? assert.fail();
    const more = Array.from({ length: 49 }, (_, n) =>
      test.state.webhooks.put({ ...value, id: `${'a'.repeat(n + 1)}` }),
    );
    await test.state.store.txn({ then: more });
    const body = { repo: 'acme/shop', service_name: 'web' };
    const refused = await test.ask('POST', '/api/v1/webhooks', { as: 'shopAdmin', body });
    assert.deepEqual(
      [refused.status, refused.body.error],
      [409, 'there are 50 webhooks already, as many as there may be'],
    );
    assert.equal((await test.ask('POST', '/api/v1/webhooks', { as: 'admin', body })).status, 201);
  });

  it('a webhook that is removed takes nothing any more, and leaves nothing', async () => {
    const { id, secret } = await hook(test);
    await send(test, { secret });
    assert.equal((await test.ask('DELETE', `/api/v1/webhooks/${id}`, { as: 'admin' })).status, 200);
    assert.equal((await send(test, { secret })).status, 401);
    assert.equal((await test.ask('GET', `/api/v1/webhooks/${id}/invocations`, { as: 'admin' })).status, 404);
    for (const prefix of ['webhooks/', 'deliveries/', 'delivery-bodies/'])
      assert.deepEqual((await test.state.store.range({ prefix })).entries, [], prefix);
  });

  it('a provider reaches it under any name; a page does not', async () => {
    const { secret } = await hook(test);
    const headers = { host: 'hooks.example.com' };
    assert.equal((await send(test, { secret, headers })).status, 200);
    assert.equal((await test.ask('GET', '/api/v1/health', { headers })).status, 403);
    assert.equal((await send(test, { secret, headers: { ...headers, origin: 'https://evil.example' } })).status, 403);
  });
});
