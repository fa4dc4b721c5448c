import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Store, Txn } from '../../../src/store/contract.ts';
import { type Caller, openApi, type TestApi, until } from './test-api.ts';

const DAY = 86_400_000;

describe('tokens', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
  });
  after(() => test.close());

  const create = (body: object, as: Caller = 'admin') => test.ask('POST', '/api/v1/tokens', { as, body });
  const list = async (as: Caller = 'admin') => (await test.ask('GET', '/api/v1/tokens', { as })).body.tokens;
  const named = async (name: string) =>
    (await list()).find((token: { readonly name: string }) => token.name === name) ?? assert.fail(name);
  const use = (token: string, target = '/v1/auth/whoami') =>
    test.ask('GET', target, { authorization: `Bearer ${token}` });

  it('are made with a role, projects and a lifetime, and told once', async () => {
    const { status, body } = await create({ name: 'ci', role: 'deployer', projects: ['shop'], expires: '30d' });
    assert.equal(status, 201);
    assert.match(body.token, /^orca_[\w-]{43}$/);
    const expires_at = body.created_at + 30 * DAY;
    assert.deepEqual(
      { ...body, token: '', id: '' },
      {
        id: '',
        name: 'ci',
        role: 'deployer',
        projects: ['shop'],
        token: '',
        created_at: body.created_at,
        created_by: 'admin',
        expires_at,
      },
    );
    assert.deepEqual((await use(body.token)).body, { name: 'ci', role: 'deployer', projects: ['shop'], expires_at });
    const told = JSON.stringify(await list()) + test.logged.join('');
    assert.ok(!told.includes(body.token));
    const { entries } = await test.state.store.range({ prefix: 'token' });
    assert.ok(!JSON.stringify(entries).includes(body.token));
  });

  it('end when they expire', async () => {
    const { body } = await create({ name: 'short', role: 'viewer', expires: '1h' });
    const now = test.now;
    test.now = body.expires_at - 10;
    assert.equal((await use(body.token)).status, 200);
    test.now = body.expires_at;
    assert.equal((await use(body.token)).status, 401);
    test.now = now;
  });

  it('are refused with what is wrong', async () => {
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ role: 'viewer' }, /name/],
      [{ name: 'x' }, /role/],
      [{ name: 'x', role: 'owner' }, /role.*viewer, deployer or admin/],
      [{ name: 'a b', role: 'viewer' }, /name/],
      [{ name: 'x\r\ny', role: 'viewer' }, /name/],
      [{ name: 'local', role: 'viewer' }, /local and anyone are orca's own/],
      [{ name: 'x', role: 'viewer', projects: [] }, /at least one/],
      [{ name: 'x', role: 'viewer', projects: ['Shop'] }, /projects/],
      [{ name: 'x', role: 'viewer', expires: '5s' }, /from 1m to 3650d/],
      [{ name: 'x', role: 'viewer', expires: 'soon' }, /duration/],
      [{ name: 'x', role: 'viewer', token: 'orca_mine' }, /token/],
    ];
    for (const [body, why] of wrong) {
      const { status, text } = await create(body);
      assert.equal(status, 422, JSON.stringify(body));
      assert.match(text, why);
    }
    await create({ name: 'twice', role: 'viewer' });
    const again = await create({ name: 'twice', role: 'admin' });
    assert.deepEqual([again.status, again.body.error], [409, 'there is a token "twice" already']);
  });

  it('are made by admins only', async () => {
    for (const as of ['viewer', 'deployer', 'shopper'] as const) {
      assert.equal((await create({ name: 'up', role: 'viewer' }, as)).status, 403);
      assert.equal((await test.ask('GET', '/api/v1/tokens', { as })).status, 403);
      assert.equal((await test.ask('DELETE', '/api/v1/tokens/x', { as })).status, 403);
    }
  });

  it('can do no more than whoever makes them, nor for longer', async () => {
    const more = await create({ name: 'all', role: 'viewer' }, 'shopAdmin');
    assert.deepEqual([more.status, more.body.code], [403, 'forbidden']);
    assert.match(more.body.error, /"shopAdmin" cannot make .*: your own token is for shop only/);
    assert.equal((await create({ name: 'b', role: 'viewer', projects: ['shop', 'blog'] }, 'shopAdmin')).status, 403);
    assert.equal((await create({ name: 's', role: 'admin', projects: ['shop'] }, 'shopAdmin')).status, 201);

    const { body: guest } = await create({ name: 'guest', role: 'admin', expires: '1d' });
    const ask = (body: object) => test.ask('POST', '/api/v1/tokens', { authorization: `Bearer ${guest.token}`, body });
    const longer = await ask({ name: 'longer', role: 'viewer', expires: '2d' });
    assert.equal(longer.status, 403);
    assert.match(longer.body.error, /your own token expires at /);
    const same = await ask({ name: 'same', role: 'viewer' });
    assert.deepEqual([same.status, same.body.expires_at], [201, guest.expires_at]);
    const rotated = await test.ask('POST', `/api/v1/tokens/${guest.id}/rotate`, {
      authorization: `Bearer ${guest.token}`,
      body: {},
    });
    assert.equal(rotated.status, 201);
    assert.ok(rotated.body.expires_at <= guest.expires_at + 10, 'it cannot make its own life longer');
  });

  it('of other projects are not there for an admin of some', async () => {
    await create({ name: 'of-blog', role: 'viewer', projects: ['blog'] });
    const { id } = await named('of-blog');
    const seen = (await list('shopAdmin')).map((token: { readonly projects: string[] }) => token.projects);
    assert.ok(seen.length > 0);
    for (const projects of seen) assert.deepEqual(projects, ['shop']);
    assert.equal((await test.ask('DELETE', `/api/v1/tokens/${id}`, { as: 'shopAdmin' })).status, 404);
    assert.equal((await test.ask('POST', `/api/v1/tokens/${id}/rotate`, { as: 'shopAdmin', body: {} })).status, 404);
    assert.equal((await use(test.tokens.viewer)).status, 200);
  });

  it('are refused once they are removed', async () => {
    const { body } = await create({ name: 'gone', role: 'viewer' });
    assert.equal((await use(body.token)).status, 200);
    const { status, body: answer } = await test.ask('DELETE', `/api/v1/tokens/${body.id}`, { as: 'admin' });
    assert.deepEqual([status, answer], [200, { ok: 'removed token gone', removed: body.id }]);
    assert.equal((await use(body.token)).status, 401);
    assert.equal((await test.ask('DELETE', `/api/v1/tokens/${body.id}`, { as: 'admin' })).status, 404);
  });

  it('are rotated: the same rights and lifetime under a new secret, and the old one ends', async () => {
    const { body: old } = await create({ name: 'turn', role: 'deployer', projects: ['shop'], expires: '10d' });
    test.now += DAY;
    const { status, body } = await test.ask('POST', `/api/v1/tokens/${old.id}/rotate`, { as: 'admin', body: {} });
    assert.equal(status, 201);
    assert.deepEqual([body.name, body.role, body.projects], ['turn', 'deployer', ['shop']]);
    assert.equal(body.expires_at - body.created_at, 10 * DAY);
    assert.equal((await use(old.token)).status, 401);
    assert.equal((await use(body.token)).status, 200);
    const sooner = await test.ask('POST', `/api/v1/tokens/${body.id}/rotate`, { as: 'admin', body: { expires: '1h' } });
    assert.equal(sooner.body.expires_at - sooner.body.created_at, 3_600_000);
    assert.equal((await list()).filter(({ name }: { name: string }) => name === 'turn').length, 1);
  });
});

describe('the last admin token', () => {
  const admins = async (test: TestApi) =>
    (await test.ask('GET', '/api/v1/tokens', { as: 'admin' })).body.tokens as { id: string; name: string }[];

  it('is not removed unless that is meant; expired ones and those of some projects do not count', async (t) => {
    const test = await openApi();
    t.after(() => test.close());
    const id = (await admins(test)).find(({ name }) => name === 'admin')?.id;
    const refused = await test.ask('DELETE', `/api/v1/tokens/${id}`, { as: 'admin' });
    assert.equal(refused.status, 409);
    assert.match(refused.body.error, /"admin" is the last admin token/);
    assert.equal((await test.ask('DELETE', `/api/v1/tokens/${id}?last=true`, { as: 'admin' })).status, 200);
    assert.equal((await test.ask('GET', '/api/v1/tokens', { as: 'admin' })).status, 401);
  });

  it('stays when two admins remove each other at the same moment', async (t) => {
    const test = await openApi();
    t.after(() => test.close());
    await test.ask('POST', '/api/v1/tokens', { as: 'admin', body: { name: 'second', role: 'admin' } });
    const ids = (await admins(test)).filter(({ name }) => name === 'admin' || name === 'second').map(({ id }) => id);
    const statuses = await Promise.all(
      ids.map(async (id) => (await test.ask('DELETE', `/api/v1/tokens/${id}`, { as: 'admin' })).status),
    );
    assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join());
  });
});

describe('a name', () => {
  it('is given once, however many ask for it at the same moment', async (t) => {
    const test = await openApi();
    t.after(() => test.close());
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => test.ask('POST', '/api/v1/tokens', { as: 'admin', body: { name: 'ci', role: 'viewer' } })),
    );
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 409, 409, 409]);
  });
});

describe('the last use of a token', () => {
  /** A store that counts how often uses are written. */
  async function counting(t: TestContext) {
    const writes: string[] = [];
    const wrapStore = (store: Store): Store => ({
      ...store,
      txn: (txn: Txn) => {
        for (const op of txn.then) if ('put' in op && op.put.startsWith('token-uses/')) writes.push(op.value);
        return store.txn(txn);
      },
    });
    const test = await openApi({ wrapStore });
    t.after(() => test.close());
    const lastUsed = async (name: string) =>
      (await test.ask('GET', '/api/v1/tokens', { as: 'admin' })).body.tokens.find(
        (token: { readonly name: string }) => token.name === name,
      ).last_used;
    return { test, writes, lastUsed };
  }

  it('is told with its address, and written once a minute at most', async (t) => {
    const { test, writes, lastUsed } = await counting(t);
    assert.equal(await lastUsed('viewer'), null);
    const writesOf = (now: number) => writes.filter((value) => JSON.parse(value).at > now).length;
    const begun = test.now;
    for (let count = 0; count < 20; count += 1) await test.ask('GET', '/api/v1/status', { as: 'viewer' });
    const first = await lastUsed('viewer');
    assert.equal(first.address, '127.0.0.1');
    assert.ok(first.at > begun && first.at <= test.now);
    assert.equal(writesOf(begun), 1, 'the first of the viewer; the admin had its own this minute');
    test.now += 60_000;
    const later = test.now;
    for (let count = 0; count < 20; count += 1) await test.ask('GET', '/api/v1/status', { as: 'viewer' });
    assert.equal(writesOf(later), 1);
    assert.ok((await lastUsed('viewer')).at > later);
  });

  it('is written when the server stops, to the last', async () => {
    const written: number[] = [];
    const wrapStore = (store: Store): Store => ({
      ...store,
      txn: (txn: Txn) => {
        for (const op of txn.then)
          if ('put' in op && op.put.startsWith('token-uses/')) written.push(JSON.parse(op.value).at);
        return store.txn(txn);
      },
    });
    const test = await openApi({ wrapStore });
    await test.ask('GET', '/api/v1/status', { as: 'viewer' });
    test.now += 5_000;
    const last = test.now;
    await test.ask('GET', '/api/v1/status', { as: 'viewer' });
    await test.close();
    assert.equal(written.length, 2);
    assert.ok((written[1] ?? 0) > last);
  });

  it('is left out where the store cannot be written, and nobody is refused for it', async (t) => {
    let full = false;
    const wrapStore = (store: Store): Store => ({
      ...store,
      txn: (txn: Txn) => (full ? Promise.reject(new Error('full')) : store.txn(txn)),
    });
    const test = await openApi({ wrapStore });
    t.after(() => test.close());
    full = true;
    assert.equal((await test.ask('GET', '/api/v1/status', { as: 'viewer' })).status, 200);
    await until(() => test.logged.some((line) => line.includes('the last use of a token was not written')));
    full = false;
  });

  it('goes with the token', async (t) => {
    const { test } = await counting(t);
    const { body } = await test.ask('POST', '/api/v1/tokens', { as: 'admin', body: { name: 'ci', role: 'viewer' } });
    await test.ask('GET', '/api/v1/status', { authorization: `Bearer ${body.token}` });
    await until(async () => (await test.state.tokenUses.get(body.id)) !== undefined);
    await test.ask('DELETE', `/api/v1/tokens/${body.id}`, { as: 'admin' });
    assert.equal(await test.state.tokenUses.get(body.id), undefined);
  });
});

describe('tokens that expired', () => {
  it('are told of for 30 days, and make room for new ones after that', async (t) => {
    const test = await openApi();
    t.after(() => test.close());
    const names = async () =>
      (await test.ask('GET', '/api/v1/tokens', { as: 'admin' })).body.tokens.map(({ name }: { name: string }) => name);
    await test.ask('POST', '/api/v1/tokens', { as: 'admin', body: { name: 'old', role: 'viewer', expires: '1d' } });
    test.now += 30 * DAY;
    await test.ask('POST', '/api/v1/tokens', { as: 'admin', body: { name: 'new', role: 'viewer' } });
    assert.ok((await names()).includes('old'));
    test.now += 2 * DAY;
    await test.ask('POST', '/api/v1/tokens', { as: 'admin', body: { name: 'newer', role: 'viewer' } });
    assert.ok(!(await names()).includes('old'));
  });
});

describe('an admin of some projects', () => {
  it('leaves tokens to others', async (t) => {
    const test = await openApi();
    t.after(() => test.close());
    const body = { name: 'ci', role: 'viewer', projects: ['shop'] };
    const made = (await test.ask('POST', '/api/v1/tokens', { as: 'shopAdmin', body })).body;
    const { value } = (await test.state.tokens.get(made.id)) ?? assert.fail();
    for (let from = 0; from < 500; from += 100) {
      const some = Array.from({ length: 100 }, (_, n) => ({ ...value, id: `x${from + n}`, name: `x${from + n}` }));
      await test.state.store.txn({ then: some.map((one) => test.state.tokens.put(one)) });
    }
    const next = { ...body, name: 'next' };
    const refused = await test.ask('POST', '/api/v1/tokens', { as: 'shopAdmin', body: next });
    assert.equal(refused.status, 409);
    assert.match(refused.body.error, /there are 50\d tokens, as many as there may be/);
    assert.equal((await test.ask('POST', '/api/v1/tokens', { as: 'admin', body: next })).status, 201);
  });
});
