import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import { keyOfLogin } from '../../../src/core/model/registry-login.ts';
import { registryAccounts } from '../../../src/registry-accounts.ts';
import { openApi, type TestApi } from './test-api.ts';

const PASSWORD = 'sesame-never-told';

describe('registry logins', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
  });
  after(() => test.close());

  const path = (host: string) => `/api/v1/registries/${encodeURIComponent(host)}`;
  const put = (host: string, body: object) => test.ask('PUT', path(host), { as: 'admin', body });
  const list = async () => (await test.ask('GET', '/api/v1/registries', { as: 'admin' })).body;

  it('are stored once the registry accepts them, encrypted, and told without the password', async () => {
    const checked: unknown[] = [];
    test.engine.checkLogin = async (login) => void checked.push(login);
    const answer = await put('Registry.example.com/team-a', { username: 'team-a', password: PASSWORD });
    assert.equal(answer.status, 200, answer.text);
    const told = { host: 'registry.example.com/team-a', username: 'team-a', created_by: 'admin' };
    assert.deepEqual(answer.body, { ...told, created_at: answer.body.created_at, checked: true });
    assert.deepEqual(checked, [{ place: told.host, username: 'team-a', password: PASSWORD }]);
    assert.equal((await test.ask('GET', path(told.host), { as: 'admin' })).body.username, 'team-a');
    const { entries } = await test.state.store.range({ prefix: '' });
    const everything = JSON.stringify([entries, await list()]) + test.logged.join('');
    assert.ok(!everything.includes(PASSWORD));
    const stored = (await test.state.registryLogins.get(encodeURIComponent(told.host)))?.value;
    assert.equal(test.vault.open(keyOfLogin(told.host), stored?.password ?? ''), PASSWORD);
    assert.throws(() => test.vault.open(keyOfLogin('registry.example.com'), stored?.password ?? ''), /was changed/);
  });

  it('are stored again in place of the one before, and unchecked where that is asked for', async () => {
    test.engine.checkLogin = () => Promise.reject(new Error('it is not asked'));
    const answer = await put('registry.example.com/team-a', { username: 'other', password: 'x', check: false });
    assert.deepEqual([answer.status, answer.body.checked, answer.body.username], [200, false, 'other']);
    assert.equal((await list()).registries.length, 1);
  });

  it('are not stored when the registry refuses them, or is away', async () => {
    for (const [code, status] of [
      ['invalid', 422],
      ['unavailable', 503],
    ] as const) {
      test.engine.checkLogin = () => Promise.reject(new OrcaError(code, 'no'));
      assert.equal((await put('refused.example.com', { username: 'a', password: PASSWORD })).status, status);
      assert.equal((await test.ask('GET', path('refused.example.com'), { as: 'admin' })).status, 404);
    }
  });

  it('are refused with what is wrong, and the password is not repeated', async () => {
    test.engine.checkLogin = async () => {};
    for (const [host, body, told] of [
      ['acme', { username: 'a', password: 'b' }, /expected a registry such as.*found "acme"/],
      ['r.example.com', { username: 'a:b', password: PASSWORD }, /username/],
      ['r.example.com', { username: '', password: PASSWORD }, /username/],
      ['r.example.com', { username: 'a', password: '' }, /password/],
      ['r.example.com', { username: 'a', password: `${PASSWORD}\0` }, /password/],
      ['r.example.com', { username: 'a', password: PASSWORD.repeat(1000) }, /password/],
      ['r.example.com', { username: 'a', password: [PASSWORD] }, /password/],
      ['r.example.com', { username: 'a', password: PASSWORD, more: 1 }, /more/],
    ] as const) {
      const answer = await put(host, body);
      assert.equal(answer.status, 422, answer.text);
      assert.match(answer.body.error, told);
      assert.ok(!answer.text.includes(PASSWORD), answer.text);
    }
  });

  it('stand in the audit log without the password', async () => {
    const { body } = await test.ask('GET', '/api/v1/audit', { as: 'admin' });
    const entry = body.entries.find((one: { about: { username?: string } }) => one.about?.username === 'team-a');
    assert.deepEqual(entry.about, { username: 'team-a', check: true });
    assert.ok(!JSON.stringify(body).includes(PASSWORD));
  });

  it('count by the longest place; where none does, docker is asked', async () => {
    await put('r.example.com', { username: 'all', password: 'p1', check: false });
    await put('r.example.com/team', { username: 'team', password: 'p2', check: false });
    const accounts = registryAccounts({
      state: test.state,
      vault: test.vault,
      otherwise: async (repository) => ({
        place: repository,
        username: 'from docker',
        secret: { password: '' },
        source: '',
        remedy: '',
      }),
    });
    const told = async (repository: string) => (await accounts(repository))?.username;
    assert.deepEqual(
      [await told('r.example.com/team/web'), await told('r.example.com/teams/web'), await told('acme/web')],
      ['team', 'all', 'from docker'],
    );
    assert.deepEqual((await accounts('r.example.com/team/web'))?.secret, { password: 'p2' });
  });

  it('are removed by name', async () => {
    assert.equal((await test.ask('DELETE', path('https://r.example.com/team/'), { as: 'admin' })).status, 200);
    assert.equal((await test.ask('DELETE', path('r.example.com/team'), { as: 'admin' })).status, 404);
    assert.deepEqual(
      (await list()).registries.map(({ host }: { host: string }) => host),
      ['r.example.com', 'registry.example.com/team-a'],
    );
  });
});
