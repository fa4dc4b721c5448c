// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the manifest's reference
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { until } from '../../lab/until.ts';
import { hook, logOf, pushOf, SHA, send, shaOf } from './deliveries.ts';
import { imageOf } from './memory-engine.ts';
import { deployed, end, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

let test: TestApi;
beforeEach(async () => {
  test = await openApi({ works: true });
});
afterEach(() => test.close());

/** The registry has another image under the tag from now on. */
const pushImage = (ref: string, digest: string) =>
  test.engine.resolutions.set(ref, {
    image: { ...imageOf(ref), digest: `sha256:${digest}`, pinned: `${ref}@sha256:${digest}` },
    needsPull: true,
  });
const current = async () => {
  const service = (await test.state.services.get('shop', 'web'))?.value;
  return (await test.state.revisions.get('shop', 'web', service?.revision ?? 0))?.value;
};

describe('a push', () => {
  it('deploys the same reference again: a new digest is a change', async () => {
    await deployed(test, web());
    const { id, secret } = await hook(test);
    pushImage('acme/web:1', 'new');
    const { status, body } = await send(test, { secret, delivery: 'd-1' });
    assert.equal(status, 202, JSON.stringify(body));
    assert.equal(body.outcome, 'deployed');
    assert.equal(body.deployments.length, 1);
    assert.equal((await current())?.image?.digest, 'sha256:new');
    const [line] = await logOf(test, id);
    assert.deepEqual(
      [line.delivery, line.provider, line.ref, line.commit, line.outcome, line.deployments],
      ['d-1', 'github', 'refs/heads/main', SHA, 'deployed', body.deployments],
    );
    const events = await test.state.store.range({ prefix: 'events/' });
    assert.ok(events.entries.some(({ value }) => value.includes('by webhook of acme/shop')));
  });

  it('is answered 200 where nothing has changed', async () => {
    await deployed(test, web());
    const { secret } = await hook(test);
    const { status, body } = await send(test, { secret });
    assert.deepEqual([status, body.outcome, body.reason], [200, 'unchanged', 'web is unchanged']);
  });

  it('deploys all services of its webhook together, asking once for an image they share', async () => {
    await deployed(test, web(), web({ name: 'worker' }));
    const { secret } = await hook(test, { services: ['worker'] });
    pushImage('acme/web:1', 'new');
    const asked = test.engine.resolved;
    const { body } = await send(test, { secret });
    assert.equal(body.deployments.length, 2, JSON.stringify(body));
    assert.equal(test.engine.resolved, asked + 1);
  });

  it('deploys each service after those it depends on, in whatever order its webhook names them', async () => {
    await deployed(test, web({ name: 'db' }), web({ depends_on: ['db'] }));
    const { secret } = await hook(test, { services: ['db'] });
    pushImage('acme/web:1', 'new');
    const { body } = await send(test, { secret });
    const made = await Promise.all([3, 4].map((id) => test.state.deployments.get(id)));
    assert.deepEqual(
      made.map((one) => one?.value.service),
      ['db', 'web'],
      JSON.stringify(body),
    );
    assert.deepEqual(made[1]?.value.after, [{ service: 'db', until: 'healthy', deployment: 3 }]);
  });

  it('leaves alone what a person has stopped, and says so', async () => {
    await deployed(test, web());
    const { secret } = await hook(test);
    await test.ask('DELETE', '/api/v1/services/web', { as: 'admin' });
    const { status, body } = await send(test, { secret });
    assert.deepEqual([status, body.outcome, body.reason], [200, 'ignored', 'web is stopped']);
  });

  it('for a service that is gone is a failure, not a 200', async () => {
    await deployed(test, web());
    const { secret } = await hook(test);
    const service = (await test.state.services.get('shop', 'web'))?.value;
    assert.ok(service);
    await test.state.store.txn({ then: [...test.state.services.remove(service)] });
    const { status, body } = await send(test, { secret, delivery: 'd-2' });
    assert.deepEqual([status, body.code, body.error], [422, 'deploy_failed', 'service not found: web']);
    assert.equal((await send(test, { secret, delivery: 'd-2' })).status, 422, 'also when it is sent again');
  });

  it('keeps what was deployed by hand since: the newest spec, with the newest image', async () => {
    await deployed(test, web());
    const { secret } = await hook(test);
    await deployed(test, web({ env: { LEVEL: 'debug' } }));
    pushImage('acme/web:1', 'new');
    await send(test, { secret });
    assert.equal((await current())?.spec.env['LEVEL'], 'debug');
  });
});

describe('an image named by the commit', () => {
  const image = 'acme/web:${push.sha:-main}';

  it('is what the fallback says until the first push, then the commit', async () => {
    await deployed(test, web({ image }));
    assert.equal((await current())?.image?.ref, 'acme/web:main');
    const { secret } = await hook(test);
    const { body } = await send(test, { secret });
    assert.equal((await current())?.image?.ref, `acme/web:${SHA}`);
    assert.equal((await current())?.spec.image, image, 'the template is kept');
    await end(test, body.deployments[0], 'succeeded');
    const { services } = (await test.ask('GET', '/api/v1/status', { as: 'viewer' })).body;
    assert.equal(services[0].image, `acme/web:${SHA}`);
  });

  it('stays the last pushed commit when it is deployed by hand', async () => {
    await deployed(test, web({ image }));
    const { secret } = await hook(test);
    await end(test, (await send(test, { secret })).body.deployments[0], 'succeeded');
    const again = await test.ask('POST', '/api/v1/deploy?wait=false', {
      as: 'deployer',
      body: { services: [web({ image })] },
    });
    assert.equal(again.body.services[0].action, 'none', again.text);
    await deployed(test, web({ image, env: { A: '1' } }));
    assert.equal((await current())?.image?.ref, `acme/web:${SHA}`);
  });

  it('without a fallback is refused before the first push, with what to write', async () => {
    const { status, body } = await test.ask('POST', '/api/v1/deploy', {
      as: 'deployer',
      body: { services: [web({ image: 'acme/web:${push.sha}' })] },
    });
    assert.equal(status, 409);
    assert.match(body.error, /waits for a first push/);
    assert.match(body.hint, /acme\/web:\$\{push\.sha:-main\}/);
  });

  it('is waited for: it is built after the push', async () => {
    await deployed(test, web({ image }));
    const { id, secret } = await hook(test);
    const ref = `acme/web:${SHA}`;
    test.engine.resolutions.set(ref, { warning: `image "${ref}" cannot be had from its registry`, needsPull: false });
    const first = await send(test, { secret, delivery: 'd-1' });
    assert.equal(first.status, 202);
    assert.equal(first.body.outcome, 'queued');
    assert.match((await logOf(test, id))[0].reason, new RegExp(`waits for the image ${ref}`));
    test.engine.resolutions.delete(ref);
    const again = await send(test, { secret, delivery: 'd-1' });
    assert.deepEqual([again.status, again.body.outcome, again.body.repeat], [202, 'deployed', true]);
    assert.equal((await current())?.image?.ref, ref);
  });

  it('is a failure after half an hour', async () => {
    await deployed(test, web({ image }));
    const { id, secret } = await hook(test);
    const warning = 'image cannot be had from its registry';
    test.engine.resolutions.set(`acme/web:${SHA}`, { warning, needsPull: false });
    await send(test, { secret, delivery: 'd-1' });
    test.now += 31 * 60_000;
    const { status, body } = await until('an outcome', async () => {
      const answer = await send(test, { secret, delivery: 'd-1' });
      return answer.status !== 202 && answer;
    });
    assert.deepEqual([status, body.code], [422, 'deploy_failed']);
    assert.match((await logOf(test, id))[0].reason, /waited 30 minutes.*cannot be had/);
    test.engine.resolutions.clear();
    assert.equal((await send(test, { secret, delivery: 'd-1' })).status, 202, "the provider's button tries it again");
  });
});

describe('what is ignored', () => {
  const cases: readonly [string, object, RegExp][] = [
    ['another branch', { ref: 'refs/heads/dev' }, /the branch dev, and this webhook deploys main/],
    ['a tag', { ref: 'refs/tags/v1' }, /the tag v1/],
    ['a deleted branch', { after: '0'.repeat(40), deleted: true }, /main was deleted/],
    ['[skip ci]', { head_commit: { id: SHA, message: 'words\n\n[skip ci]' } }, /says \[skip ci\]/],
    ['[no ci]', { head_commit: { id: SHA, message: '[NO CI] words' } }, /says \[NO CI\]/],
    ['another repository', { repository: { full_name: 'acme/other' } }, /about acme\/other/],
  ];
  for (const [what, rest, reason] of cases) {
    it(`${what}: 200 with the reason`, async () => {
      await deployed(test, web());
      const { id, secret } = await hook(test);
      pushImage('acme/web:1', 'new');
      const { status, body } = await send(test, { secret, body: pushOf(rest) });
      assert.deepEqual([status, body.outcome, body.deployments], [200, 'ignored', []]);
      assert.match(body.reason, reason);
      assert.equal((await logOf(test, id))[0].outcome, 'ignored');
      assert.equal((await current())?.number, 1);
    });
  }

  it('a ping is answered, and shown', async () => {
    await deployed(test, web());
    const { secret } = await hook(test);
    const body = { zen: 'Speak like a human.', hook_id: 1, repository: { full_name: 'Acme/Shop' } };
    const answer = await send(test, { secret, event: 'ping', body });
    assert.deepEqual([answer.status, answer.body.outcome], [200, 'ping']);
    const { webhooks } = (await test.ask('GET', '/api/v1/webhooks', { as: 'viewer' })).body;
    assert.deepEqual([webhooks[0].last.outcome, webhooks[0].last.reason], ['ping', 'acme/shop reaches orca']);
  });
});

describe('the same delivery', () => {
  it('ten times is one deployment', async () => {
    await deployed(test, web());
    const { id, secret } = await hook(test);
    pushImage('acme/web:1', 'new');
    const sent = Array.from({ length: 10 }, () => send(test, { secret, delivery: 'd-1' }));
    const answers = await Promise.all(sent);
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [202]);
    assert.equal(answers.filter(({ body }) => body.repeat).length, 9);
    assert.equal((await test.state.deployments.list()).length, 2);
    assert.equal((await logOf(test, id)).length, 1);
  });

  it('under another id is a repeat: the id stands outside of the signature', async () => {
    await deployed(test, web());
    const { id, secret } = await hook(test);
    await send(test, { secret, delivery: 'd-1' });
    const { body } = await send(test, { secret, delivery: 'd-2' });
    assert.deepEqual([body.repeat, body.delivery], [true, 'd-1']);
    assert.equal((await logOf(test, id)).length, 1);
  });

  it('is forgotten after 7 days, not before', async () => {
    await deployed(test, web());
    const { id, secret } = await hook(test);
    await send(test, { secret, delivery: 'd-1' });
    test.now += 6 * 86_400_000;
    assert.equal((await send(test, { secret, delivery: 'd-1' })).body.repeat, true);
    assert.equal((await logOf(test, id)).length, 1);
  });
});

describe('many deliveries', () => {
  it('20 in a burst: the last one serves, none is deployed twice, each has an outcome', async () => {
    await deployed(test, web({ image: 'acme/web:${push.sha:-main}' }));
    const { id, secret } = await hook(test);
    for (let n = 1; n <= 20; n += 1) {
      const body = pushOf({ after: shaOf(n), head_commit: { id: shaOf(n), message: String(n) } });
      const { status } = await send(test, { secret, delivery: `d-${n}`, body });
      assert.ok(status === 200 || status === 202, String(status));
    }
    assert.equal((await current())?.image?.ref, `acme/web:${shaOf(20)}`);
    const log = await logOf(test, id);
    assert.equal(log.length, 20);
    assert.ok(log.every(({ outcome }: { outcome: string }) => ['deployed', 'superseded'].includes(outcome)));
    const ids = log.flatMap(({ deployments }: { deployments: number[] }) => deployments);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('that wait are superseded by the newest', async () => {
    await test.close();
    test = await openApi();
    await deployed(test, web({ image: 'acme/web:${push.sha:-main}' }));
    const { id, secret } = await hook(test);
    for (let n = 1; n <= 5; n += 1) await send(test, { secret, delivery: `d-${n}`, body: pushOf({ after: shaOf(n) }) });
    const ending = new AbortController();
    const working = test.api.work(ending.signal);
    const { body } = await send(test, { secret, delivery: 'd-5', body: pushOf({ after: shaOf(5) }) });
    assert.equal(body.outcome, 'deployed');
    const log = await logOf(test, id);
    assert.deepEqual(log.map(({ outcome }: { outcome: string }) => outcome).sort(), [
      'deployed',
      'superseded',
      'superseded',
      'superseded',
      'superseded',
    ]);
    assert.equal((await test.state.deployments.list()).length, 2);
    ending.abort();
    await working;
  });
});

describe('redeliver', () => {
  it('deploys an older commit again, and what waits is the newest turn', async () => {
    await deployed(test, web({ image: 'acme/web:${push.sha:-main}' }));
    const { id, secret } = await hook(test);
    for (const n of [1, 2]) await send(test, { secret, delivery: `d-${n}`, body: pushOf({ after: shaOf(n) }) });
    const answer = await test.ask('POST', `/api/v1/webhooks/${id}/redeliver`, {
      as: 'deployer',
      body: { delivery: 'd-1' },
    });
    assert.deepEqual([answer.status, answer.body.outcome], [202, 'queued']);
    await send(test, { secret, delivery: 'd-1', body: pushOf({ after: shaOf(1) }) });
    assert.equal((await current())?.image?.ref, `acme/web:${shaOf(1)}`);
  });

  it('of what was ignored, or never came, is refused', async () => {
    await deployed(test, web());
    const { id, secret } = await hook(test);
    await send(test, { secret, delivery: 'd-1', body: pushOf({ ref: 'refs/tags/v1' }) });
    const redeliver = (delivery: string) =>
      test.ask('POST', `/api/v1/webhooks/${id}/redeliver`, { as: 'deployer', body: { delivery } });
    assert.equal((await redeliver('d-1')).status, 409);
    assert.equal((await redeliver('d-9')).status, 404);
  });
});
