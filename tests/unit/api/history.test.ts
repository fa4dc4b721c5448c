import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { History, RevisionDiff } from '../../../src/contract/history.ts';
import { deployed, end, web } from './records.ts';
import { type Caller, openApi, type TestApi } from './test-api.ts';

describe('the history of a service', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
    await deployed(test, web({ env: { KEY: 'a-secret' } }));
    await deployed(
      test,
      web({ image: 'acme/web:2', env: { KEY: 'another-secret' }, command: ['run', '--key', 'third'] }),
    );
    const body = { services: [web({ image: 'acme/web:3' })] };
    const { body: answer } = await test.ask('POST', '/api/v1/deploy?wait=false', { as: 'deployer', body });
    await end(test, answer.services[0].deployment, 'rolled-back');
  });
  afterEach(() => test.close());

  const history = (as: Caller = 'viewer') => test.ask('GET', '/api/v1/services/web/history', { as });
  const diff = (from: number, to: number, as: Caller = 'deployer') =>
    test.ask('GET', `/api/v1/services/web/diff?from=${from}&to=${to}`, { as });

  it('has the revisions newest first, how each went, and what changed by name', async () => {
    const { status, body } = await history();
    assert.equal(status, 200);
    History.parse(body);
    assert.deepEqual(
      body.revisions.map((one: Record<string, unknown>) => [
        one['revision'],
        one['current'],
        one['succeeded'],
        one['outcome'],
        one['by'],
      ]),
      [
        [3, false, false, 'rolled-back', 'deployer'],
        [2, true, true, 'succeeded', 'admin'],
        [1, false, true, 'succeeded', 'admin'],
      ],
    );
    assert.deepEqual(body.revisions[1].changed, ['image', 'command', 'env.KEY', 'digest']);
    assert.equal(body.revisions[2].changed, null);
    assert.equal(body.rollback_to, 1);
  });

  it('says of what it is a rollback, and where the next one goes', async () => {
    await test.ask('POST', '/api/v1/services/web/rollback?wait=false', { as: 'deployer' });
    await end(test, 4, 'succeeded');
    const { body } = await history();
    const [newest] = body.revisions;
    assert.deepEqual([newest.revision, newest.rollback_of, newest.note], [4, 1, 'rolled back to revision 1']);
    assert.equal(body.rollback_to, null);
  });

  it('tells a viewer no value', async () => {
    const { text } = await history();
    assert.doesNotMatch(text, /secret|third/);
  });

  it('of another project is not there', async () => {
    await deployed(test, web({ name: 'site', project: 'blog' }));
    assert.equal((await test.ask('GET', '/api/v1/services/site/history', { as: 'shopper' })).status, 404);
    assert.equal((await test.ask('GET', '/api/v1/services/site/diff?from=1&to=1', { as: 'shopper' })).status, 404);
    assert.equal((await test.ask('GET', '/api/v1/services/web/history')).status, 401);
    assert.equal((await test.ask('GET', '/api/v1/services/web/diff?from=1&to=1')).status, 401);
  });

  it('differs by every key, and the digest', async () => {
    const { status, body } = await diff(1, 2);
    assert.equal(status, 200);
    RevisionDiff.parse(body);
    assert.deepEqual(body.diff, [
      { path: 'image', from: 'acme/web:1', to: 'acme/web:2' },
      { path: 'command', from: null, to: '["run","--key","third"]' },
      { path: 'env.KEY', from: 'a-secret', to: 'another-secret' },
      { path: 'digest', from: 'sha256:acme/web:1', to: 'sha256:acme/web:2' },
    ]);
    assert.deepEqual((await diff(2, 2)).body.diff, []);
  });

  it('tells a viewer that values differ, by fingerprints, and no value', async () => {
    const { body, text } = await diff(1, 2, 'viewer');
    assert.doesNotMatch(text, /secret|third/);
    const [, command, env] = body.diff;
    assert.match(env.from, /^fingerprint:/);
    assert.match(command.to, /^fingerprint:/);
    assert.notEqual(env.from, env.to);
    assert.deepEqual(body.diff[0], { path: 'image', from: 'acme/web:1', to: 'acme/web:2' });
  });

  it('has no diff of a revision that is not kept, nor of half a question', async () => {
    assert.equal((await diff(1, 99)).status, 404);
    assert.equal((await test.ask('GET', '/api/v1/services/web/diff?from=1', { as: 'viewer' })).status, 422);
  });
});
