import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideDelivery } from '../../../../src/core/webhooks/decide.ts';
import { readEvent } from '../../../../src/core/webhooks/event.ts';
import { readHeading } from '../../../../src/core/webhooks/heading.ts';

const SHA = 'b'.repeat(40);
const GONE = '0'.repeat(40);
const HOOK = { repo: 'acme/shop', branch: 'main' };

const decide = (provider: Parameters<typeof readEvent>[0]['provider'], event: string, body: unknown) =>
  decideDelivery(HOOK, readEvent({ provider, event }, body));

describe('a push of', () => {
  const acted = { outcome: 'queued', reason: `${SHA.slice(0, 12)} on main`, ref: 'refs/heads/main', commit: SHA };

  it('GitLab, whose last commit stands in a list', () => {
    const push = {
      ref: 'refs/heads/main',
      after: SHA,
      project: { path_with_namespace: 'acme/shop' },
      commits: [
        { id: GONE, message: 'old [skip ci]' },
        { id: SHA, message: 'new' },
      ],
    };
    assert.deepEqual(decide('gitlab', 'Push Hook', push), acted);
    const skipped = { ...push, commits: [{ id: SHA, message: 'x [ci skip]' }] };
    assert.equal(decide('gitlab', 'Push Hook', skipped).reason, 'its commit says [ci skip]');
    assert.equal(decide('gitlab', 'Push Hook', { ...push, after: GONE }).reason, 'the branch main was deleted');
    assert.equal(decide('gitlab', 'Tag Push Hook', { ...push, ref: 'refs/tags/v1' }).outcome, 'ignored');
  });

  it('Bitbucket Cloud, with several refs at once', () => {
    const change = (name: string, type = 'branch') => ({
      new: { type, name, target: { hash: SHA, message: 'm' } },
      old: null,
    });
    const body = (...changes: object[]) => ({ repository: { full_name: 'acme/shop' }, push: { changes } });
    assert.deepEqual(decide('bitbucket', 'repo:push', body(change('dev'), change('main'), change('v1', 'tag'))), acted);
    assert.match(decide('bitbucket', 'repo:push', body(change('main', 'tag'))).reason, /the tag main/);
    const deleted = { old: { type: 'branch', name: 'main' }, new: null };
    assert.equal(decide('bitbucket', 'repo:push', body(deleted)).reason, 'the branch main was deleted');
    assert.equal(decide('bitbucket', 'repo:push', body()).reason, 'nothing was pushed');
  });

  it('Bitbucket Data Center', () => {
    const body = (type: string) => ({
      repository: { slug: 'shop', project: { key: 'ACME' } },
      changes: [{ ref: { id: 'refs/heads/main' }, toHash: SHA, type }],
    });
    assert.deepEqual(decide('bitbucket', 'repo:refs_changed', body('UPDATE')), acted);
    assert.equal(decide('bitbucket', 'repo:refs_changed', body('DELETE')).outcome, 'ignored');
    assert.equal(decide('bitbucket', 'diagnostics:ping', { test: true }).outcome, 'ping');
  });
});

describe('a build that has succeeded', () => {
  const run = (rest: object = {}, action = 'completed') => ({
    action,
    repository: { full_name: 'acme/shop' },
    workflow_run: {
      conclusion: 'success',
      event: 'push',
      head_branch: 'main',
      head_sha: SHA,
      head_repository: { full_name: 'acme/shop' },
      ...rest,
    },
  });

  it('is as good as a push', () => {
    const { outcome, commit, reason } = decide('github', 'workflow_run', run());
    assert.deepEqual([outcome, commit, reason], ['queued', SHA, `the build of ${SHA.slice(0, 12)} on main`]);
    const pipeline = {
      object_attributes: { status: 'success', source: 'push', ref: 'main', tag: false, sha: SHA },
      project: { path_with_namespace: 'acme/shop' },
    };
    assert.equal(decide('gitlab', 'Pipeline Hook', pipeline).commit, SHA);
  });

  it("of a stranger's pull request deploys nothing, though its branch is called main", () => {
    const strangers = [
      { event: 'pull_request' },
      { event: 'pull_request_target' },
      { head_repository: { full_name: 'evil/shop' } },
    ];
    for (const rest of strangers) assert.equal(decide('github', 'workflow_run', run(rest)).outcome, 'ignored');
    const merge = {
      object_attributes: { status: 'success', source: 'merge_request_event', ref: 'main', sha: SHA },
      project: { path_with_namespace: 'acme/shop' },
    };
    assert.equal(decide('gitlab', 'Pipeline Hook', merge).outcome, 'ignored');
  });

  it('is not one that runs, or has failed', () => {
    assert.equal(decide('github', 'workflow_run', run({}, 'requested')).outcome, 'ignored');
    assert.equal(decide('github', 'workflow_run', run({ conclusion: 'failure' })).outcome, 'ignored');
  });
});

describe('what a push says of a commit', () => {
  it('is a commit, or the push is refused: it becomes a part of an image reference', () => {
    for (const after of ['', 'main', `${SHA}/x`, SHA.slice(1), `${SHA}\n`, SHA.toUpperCase(), '../../x']) {
      const body = { ref: 'refs/heads/main', after, repository: { full_name: 'acme/shop' } };
      assert.throws(() => readEvent({ provider: 'github', event: 'push' }, body), { code: 'malformed' }, after);
    }
  });

  it('is read from own keys only', () => {
    const body = Object.create({ ref: 'refs/heads/main', after: SHA, repository: { full_name: 'acme/shop' } });
    assert.throws(() => readEvent({ provider: 'github', event: 'push' }, body), { code: 'malformed' });
    assert.equal(readEvent({ provider: 'github', event: 'constructor' }, {}).kind, 'other');
    assert.equal(readEvent({ provider: 'github', event: '__proto__' }, {}).kind, 'other');
  });
});

describe('the headers', () => {
  it('of Forgejo and Gitea are known though they send those of GitHub too', () => {
    const github = {
      'x-github-event': 'push',
      'x-github-delivery': 'g',
      'x-gitea-event': 'push',
      'x-gitea-delivery': 'd',
    };
    assert.equal(readHeading(github)?.provider, 'gitea');
    const forgejo = readHeading({ ...github, 'x-forgejo-event': 'push', 'x-forgejo-delivery': 'f' });
    assert.deepEqual([forgejo?.provider, forgejo?.delivery], ['forgejo', 'f']);
  });

  it('that come twice are none', () => {
    assert.equal(readHeading({ 'x-github-event': ['push', 'ping'] }), undefined);
    assert.equal(readHeading({}), undefined);
  });

  it('of Standard Webhooks may hold several signatures, not any number', () => {
    const one = `v1,${Buffer.alloc(32).toString('base64')}`;
    const of = (signature: string) =>
      readHeading({
        'x-gitlab-event': 'Push Hook',
        'webhook-id': 'a',
        'webhook-timestamp': '1',
        'webhook-signature': signature,
      });
    assert.equal(of(`${one} ${one}`)?.proof?.kind, 'mac');
    assert.equal(of(Array(100).fill(one).join(' '))?.proof, undefined);
    assert.equal(of(`v1a,${one}`)?.proof, undefined);
  });
});
