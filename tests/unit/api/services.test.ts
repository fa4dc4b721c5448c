import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Status } from '../../../src/contract/status.ts';
import type { Deployment } from '../../../src/core/model/deployment.ts';
import { bucketOf } from '../../../src/core/traffic/histogram.ts';
import { NO_TRAFFIC } from '../../../src/core/traffic/traffic.ts';
import { containerOf } from './memory-world.ts';
import { deployed, end, taskOf, web } from './records.ts';
import { type Asked, openApi, type TestApi } from './test-api.ts';

describe('services', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
  });
  afterEach(() => test.close());

  const ask = (line: string, asked: Asked = {}) => {
    const [method = '', path = ''] = line.split(' ');
    return test.ask(method, `/api/v1${path}`, { as: 'deployer', ...asked });
  };
  const service = async (name = 'web', project = 'shop') => (await test.state.services.get(project, name))?.value;

  /** The last decision that was written down. */
  async function lastReason(): Promise<string> {
    const { entries } = await test.state.store.range({ prefix: 'events/' });
    return JSON.parse(entries.at(-1)?.value ?? '{}').reason;
  }

  it('are scaled by hand until the count in the file is back, and it is written down who did so', async () => {
    await deployed(test, web());
    const up = await ask('POST /services/web/scale', { body: { replicas: 3 } });
    assert.equal(up.status, 200);
    assert.deepEqual(up.body, { service: 'web', project: 'shop', replicas: 3, previous: 1, scaled_from: 1 });
    assert.equal(await lastReason(), 'scaled from 1 to 3 (by deployer)');
    assert.deepEqual([(await service())?.replicas, (await service())?.scaledFrom], [3, 1]);

    assert.match(
      (await ask('POST /deploy', { body: { services: [web()] } })).body.services[0].reason,
      /scaled by hand to 3/,
    );
    const down = await ask('POST /services/web/scale', { body: { replicas: 0 } });
    assert.deepEqual([down.body.replicas, down.body.scaled_from], [0, 1]);
    const back = await ask('POST /services/web/scale', { body: { replicas: 1 } });
    assert.equal(back.body.scaled_from, null);
    assert.equal((await service())?.scaledFrom, undefined);
  });

  it('are not scaled to what is no count, nor past one replica a node with a host port', async () => {
    await deployed(test, web({ ports: ['9000:80'] }));
    for (const replicas of [-1, 1.5, '2', null, 1001, undefined]) {
      assert.equal((await ask('POST /services/web/scale', { body: { replicas } })).status, 422, String(replicas));
    }
    assert.equal((await ask('POST /services/web/scale', { body: { replicas: 2 } })).body.code, 'unplaceable');
  });

  it('are stopped by DELETE, kept, started again, and removed with purge', async () => {
    await deployed(test, web());
    const stopped = await ask('DELETE /services/web');
    assert.deepEqual(stopped.body, { ok: 'stop web', stopped: ['web'], removed: [] });
    assert.equal((await service())?.paused, true);
    assert.equal(await lastReason(), 'stopped (by deployer)');

    const again = await ask('DELETE /services/web');
    assert.equal(again.status, 200);
    const started = await ask('POST /services/web/start');
    assert.deepEqual(started.body, { ok: 'start web', service: 'web', project: 'shop' });
    assert.equal((await service())?.paused, false);

    const removed = await ask('DELETE /services/web?purge=true');
    assert.deepEqual(removed.body.removed, ['web']);
    assert.equal((await service())?.removing, true);
    for (const refused of ['POST /services/web/start', 'POST /services/web/scale']) {
      const { status, body } = await ask(refused, refused.endsWith('scale') ? { body: { replicas: 2 } } : {});
      assert.equal(status, 409, refused);
      assert.match(body.error, /being removed/);
    }
    const redeployed = await ask('POST /deploy', { body: { services: [web()] } });
    assert.equal(redeployed.status, 409);
  });

  it('are not started when no deployment has ever succeeded', async () => {
    await ask('POST /deploy?wait=false', { body: { services: [web()] } });
    await end(test, 1, 'failed');
    const { status, body } = await ask('POST /services/web/start');
    assert.equal(status, 409);
    assert.match(body.hint, /deploy/);
  });

  it('of a project are stopped together; the whole cluster by an admin only', async () => {
    await deployed(test, web(), web({ name: 'api' }), web({ project: 'blog' }));
    assert.deepEqual((await ask('DELETE /projects/shop')).body.stopped, ['api', 'web']);
    assert.equal((await service('web', 'blog'))?.paused, false);
    assert.equal((await ask('DELETE /projects/nothing')).status, 404);
    const all = await ask('POST /stop', { as: 'admin', body: {} });
    assert.deepEqual(all.body.stopped, ['blog/web', 'shop/api', 'shop/web']);
    assert.equal((await service('web', 'blog'))?.paused, true);
  });

  it('unknown to the caller answer 404, whatever is asked of them', async () => {
    await deployed(test, web({ project: 'blog', name: 'secret' }));
    const lines = [
      'POST /services/secret/start',
      'DELETE /services/secret',
      'GET /services/secret/logs',
      'DELETE /projects/blog',
    ];
    for (const line of lines) {
      const { status, body } = await ask(line, { as: 'shopper' });
      assert.equal(status, 404, line);
      assert.doesNotMatch(JSON.stringify(body), /conflict/);
    }
    assert.equal((await ask('DELETE /services/secret?project=blog', { as: 'shopper' })).status, 404);
    assert.equal((await ask('DELETE /services/none')).body.error, 'service not found: none');
    assert.equal((await ask('DELETE /services/No%20Name')).status, 404);
  });

  it('of one name in several projects need ?project=, unless the caller sees but one', async () => {
    await deployed(test, web(), web({ project: 'blog' }));
    const { status, body } = await ask('DELETE /services/web');
    assert.equal(status, 409);
    assert.match(body.error, /blog, shop/);
    assert.match(body.hint, /project=blog/);
    assert.equal((await ask('DELETE /services/web?project=blog')).status, 200);
    assert.equal((await ask('DELETE /services/web', { as: 'shopper' })).status, 200);
    assert.equal((await service())?.paused, true);
  });

  it('changed by many at once keep every change', async () => {
    await deployed(test, web());
    const counts = [2, 3, 4, 5, 6];
    const answers = await Promise.all(
      counts.map((replicas) => ask('POST /services/web/scale', { body: { replicas } })),
    );
    for (const { status } of answers) assert.ok(status === 200 || status === 409, String(status));
    const { entries } = await test.state.store.range({ prefix: 'events/' });
    const scaled = entries.filter(({ value }) => value.includes('scaled from')).length;
    assert.equal(scaled, answers.filter(({ status }) => status === 200).length);
  });

  describe('in status', () => {
    const read = async (asked: Asked = {}, query = '') =>
      (await ask(`GET /status${query}`, { as: 'viewer', ...asked })).body;

    it('are shown as observed, in the shape of the contract', async () => {
      await deployed(test, web({ replicas: 2, domain: 'shop.test' }));
      await test.state.store.txn({ then: [test.state.tasks.put(taskOf())] });
      test.world.serve(taskOf());
      const [only] = Status.parse(await read()).services;
      assert.deepEqual(
        [only?.name, only?.project, only?.status, only?.replicas, only?.running_replicas, only?.image, only?.domain],
        ['web', 'shop', 'degraded', 2, 1, 'acme/web:1', 'shop.test'],
      );
      assert.deepEqual([only?.revision, only?.serving_revision, only?.digest], [1, 1, 'sha256:acme/web:1']);
      assert.deepEqual(
        [only?.tasks[0]?.state, only?.tasks[0]?.health, only?.tasks[0]?.routed],
        ['running', 'ready', true],
      );
    });

    it('have what the ingress counted of each revision over the last five minutes, of the projects one may see', async () => {
      await deployed(test, web());
      await deployed(test, web({ project: 'other' }));
      assert.equal((await read()).services[0].traffic, null);
      const counted = (service: string, revision: number, requests: number, errors: number) => ({
        ...NO_TRAFFIC,
        service,
        revision,
        series: revision,
        classes: [0, 0, requests - errors, 0, 0, errors],
        failed: 1,
        errors,
        buckets: [bucketOf(20), requests],
      });
      const told = test.now;
      test.traffic.hear('1', []);
      test.traffic.hear('1', [
        counted('shop/web', 1, 100, 1),
        counted('shop/web', 0, 2, 2),
        counted('other/web', 1, 7, 0),
      ]);
      const { services } = Status.parse(await read({ as: 'shopper' }));
      const [p50_ms, p99_ms] = [20.02, 20.02];
      const [none, all] = [null, 1].map((share) => ({ share_asked: null, share }));
      assert.deepEqual(
        services.map(({ project, traffic }) => ({ project, traffic })),
        [
          {
            project: 'shop',
            traffic: {
              minutes: 5,
              since: told,
              revisions: [
                { revision: null, ...none, requests: 2, errors: 2, failed: 1, error_share: 1, p50_ms, p99_ms },
                { revision: 1, ...all, requests: 100, errors: 1, failed: 1, error_share: 0.01, p50_ms, p99_ms },
              ],
            },
          },
        ],
      );
      test.now += 6 * 60_000;
      const later = (await read({ as: 'shopper' })).services[0].traffic;
      assert.deepEqual([later.minutes, later.revisions], [5, []]);
    });

    it('have both revisions of a canary over the whole minutes of its step, with the share asked for', async () => {
      await deployed(test, web());
      await test.ask('POST', '/api/v1/deploy?wait=false', {
        as: 'admin',
        body: { services: [web({ image: 'acme/web:2' })] },
      });
      const asked = test.now;
      const step = { step: 1, of: 2, weight: 25, by: 'client', at: asked } as const;
      const put = async (changes: Partial<Deployment>) => {
        const { value } = (await test.state.deployments.get(2)) ?? assert.fail();
        await test.state.store.txn({ then: [test.state.deployments.put({ ...value, state: 'paused', ...changes })] });
      };
      const counts = { old: 0, fresh: 0 };
      const serve = (old: number, fresh: number) => {
        counts.old += old;
        counts.fresh += fresh;
        const counted = (revision: number, requests: number) => ({
          ...NO_TRAFFIC,
          ...{ service: 'shop/web', revision, series: revision },
          classes: [0, 0, requests, 0, 0, 0],
          buckets: requests > 0 ? [bucketOf(20), requests] : [],
        });
        test.traffic.hear('1', [counted(1, counts.old), counted(2, counts.fresh)]);
      };
      const seen = async () => {
        const { traffic } = Status.parse(await read()).services[0] ?? assert.fail();
        const { body } = await ask('GET /deployments/2');
        assert.deepEqual(body.traffic?.revisions, traffic?.revisions);
        return [
          traffic?.minutes,
          ...(traffic?.revisions ?? []).map((one) => [one.revision, one.share_asked, one.share, one.requests]),
        ];
      };

      test.now = 600 * 60_000 + 30_000;
      serve(0, 0);
      serve(5000, 0);
      await put({ canary: step });
      const before = [0, [1, 0.75, null, 0], [2, 0.25, null, 0]];
      assert.deepEqual(await seen(), before, 'it is not reached yet');
      await put({ canary: { ...step, reachedAt: test.now } });
      assert.deepEqual(await seen(), before, 'the minute that runs has requests from before it');
      test.now += 60_000;
      serve(300, 100);
      test.now += 60_000;
      serve(450, 150);
      assert.deepEqual(await seen(), [2, [1, 0.75, 0.75, 750], [2, 0.25, 0.25, 250]]);
      await put({ canary: step, state: 'superseded' });
      assert.equal((await ask('GET /deployments/2')).body.traffic, null);
    });

    it('are never shown as running because that is wished', async () => {
      await deployed(test, web());
      assert.equal((await read()).services[0].running_replicas, 0);
      const hash = (await test.state.revisions.get('shop', 'web', 1))?.value.hash ?? '';
      await test.state.store.txn({ then: [test.state.tasks.put(taskOf({ hash }))] });
      test.world.serve(taskOf({ hash }));
      assert.equal((await read()).services[0].status, 'running');
      test.world.down = 'docker does not answer';
      const blind = await read();
      assert.deepEqual([blind.services[0].status, blind.services[0].running_replicas], ['unknown', null]);
      assert.match(blind.warnings[0], /docker does not answer/);
    });

    it('see what planners see: what was found dead a moment after the engine came back may yet be restarted by it', async () => {
      await deployed(test, web());
      await test.state.store.txn({ then: [test.state.tasks.put(taskOf())] });
      test.world.running.set(
        taskOf().id,
        containerOf(taskOf(), { state: 'exited', exitCode: 137, stateSince: test.now }),
      );
      test.world.readSince = test.now;
      const stateNow = async () => (await read()).services[0].tasks[0].state;
      assert.equal(await stateNow(), 'running');
      test.now += 3_000;
      assert.equal(await stateNow(), 'failed');
    });

    it('tell beside the services what is not in force', async () => {
      test.remarks = () => ['the data plane goes on with old settings'];
      assert.deepEqual((await read()).warnings, ['the data plane goes on with old settings']);
    });

    it('tell of a project to those who may know of it', async () => {
      test.remarks = (mayKnow) => ['blog', 'shop'].filter(mayKnow);
      assert.deepEqual((await read()).warnings, ['blog', 'shop']);
      assert.deepEqual((await test.ask('GET', '/api/v1/status', { as: 'shopper' })).body.warnings, ['shop']);
    });

    it('name containers that no task accounts for', async () => {
      await deployed(test, web());
      test.world.running.set('web-9-x', containerOf(taskOf({ id: 'web-9-x' })));
      assert.deepEqual((await read()).services[0].unknown, ['web-9-x']);
    });

    it('are those of the caller, and of the project asked for', async () => {
      await deployed(test, web(), web({ project: 'blog' }));
      const names = (body: Status) => body.services.map(({ project }) => project);
      assert.deepEqual(names(await read()), ['blog', 'shop']);
      assert.deepEqual(names(await read({}, '?project=blog')), ['blog']);
      assert.deepEqual(names(await read({ as: 'shopper' })), ['shop']);
      assert.deepEqual(names(await read({ as: 'shopper' }, '?project=blog')), []);
      assert.deepEqual(names((await test.ask('GET', '/v1/status', { as: 'shopper' })).body), ['shop']);
    });
  });

  describe('have deployments', () => {
    it('that are listed newest first, by page, and shown one by one', async () => {
      await deployed(test, web(), web({ name: 'api' }));
      await ask('POST /deploy?wait=false', { body: { services: [web({ image: 'acme/web:2' })] } });
      await end(test, 3, 'rolled-back', {
        failure: { reason: 'web.1 exited', task: 'web-1-b', log: ['boom'], failedRequests: 2, at: 9 },
      });
      const { body } = await ask('GET /deployments', { as: 'viewer' });
      assert.deepEqual([body.total, body.deployments.map(({ id }: { id: number }) => id)], [3, [3, 2, 1]]);
      const paged = await ask('GET /deployments?limit=1&page=2', { as: 'viewer' });
      assert.deepEqual([paged.body.total, paged.body.deployments[0].id], [3, 2]);
      assert.equal((await ask('GET /deployments?service=api', { as: 'viewer' })).body.total, 1);
      assert.equal((await ask('GET /deployments?state=rolled-back', { as: 'viewer' })).body.total, 1);
      const one = await ask('GET /deployments/3', { as: 'viewer' });
      assert.deepEqual(
        [one.body.state, one.body.from, one.body.to, one.body.last_log],
        ['rolled-back', 1, 2, ['boom']],
      );
      assert.equal(one.body.failure.failed_requests, 2);
    });

    it('that other projects do not see', async () => {
      await deployed(test, web({ project: 'blog' }));
      assert.equal((await ask('GET /deployments', { as: 'shopper' })).body.total, 0);
      assert.equal((await ask('GET /deployments/1', { as: 'shopper' })).status, 404);
      assert.equal((await ask('GET /deployments/99')).status, 404);
      assert.equal((await ask('GET /deployments/first')).status, 404);
    });
  });
});
