import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DeployResult } from '../../../src/contract/deploy.ts';
import { ProgressLine } from '../../../src/contract/progress.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { deployed, end, taskOf, web } from './records.ts';
import { type Asked, openApi, type TestApi, until } from './test-api.ts';

describe('deploy', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
  });
  afterEach(() => test.close());

  const deploy = (services: readonly object[], rest: Asked & { wait?: boolean } = {}) =>
    test.ask('POST', `/api/v1/deploy${rest.wait === false ? '?wait=false' : ''}`, {
      as: 'deployer',
      body: { services },
      ...rest,
    });

  it('writes service, revision, deployment and decision at once, and answers when it has succeeded', async () => {
    const answer = deploy([web({ replicas: 2 })]);
    await until(async () => (await test.state.deployments.get(1)) !== undefined);
    const service = (await test.state.services.get('shop', 'web'))?.value;
    assert.deepEqual(
      { revision: service?.revision, replicas: service?.replicas, deployment: service?.deployment },
      { revision: 1, replicas: 2, deployment: 1 },
    );
    assert.equal((await test.state.revisions.get('shop', 'web', 1))?.value.image?.digest, 'sha256:acme/web:1');
    const { entries } = await test.state.store.range({ prefix: 'events/' });
    assert.match(entries[0]?.value ?? '', /web is new \(by deployer\)/);

    const task = taskOf();
    await test.state.store.txn({ then: [test.state.tasks.put(task)] });
    test.world.serve(task);
    await end(test, 1, 'succeeded');
    const { status, body } = await answer;
    assert.equal(status, 200);
    assert.deepEqual(body.deployed, ['web']);
    assert.deepEqual(body.errors, []);
    assert.deepEqual(body.services[0].serving, { revision: 1, image: 'acme/web:1', ready: 1 });
    DeployResult.parse(body);
  });

  it('answers 202 with the deployment when it shall not wait', async () => {
    const { status, body } = await deploy([web()], { wait: false });
    assert.equal(status, 202);
    assert.equal(body.services[0].deployment, 1);
    assert.equal(body.services[0].state, 'pending');
  });

  it('leaves an unchanged service alone, and says so', async () => {
    await deployed(test, web());
    await test.used('deployer');
    const before = (await test.state.store.status()).revision;
    const { status, body } = await deploy([web()]);
    assert.equal(status, 200);
    assert.equal(body.services[0].state, 'unchanged');
    assert.equal(body.services[0].reason, 'web is unchanged');
    assert.deepEqual(body.deployed, ['web']);
    assert.equal((await test.state.store.status()).revision, before);
  });

  it('tells of a failure the task, the reason, the last lines and what serves', async () => {
    await deployed(test, web());
    const answer = deploy([web({ image: 'acme/web:2' })]);
    await until(async () => (await test.state.deployments.get(2)) !== undefined);
    const failure = {
      reason: 'web.1 exited with code 3',
      task: 'web-1-b',
      slot: 1,
      node: 'local',
      exitCode: 3,
      log: ['boom'],
      failedRequests: 0,
      at: 7,
    };
    await end(test, 2, 'rolled-back', { failure });
    const { status, body } = await answer;
    assert.equal(status, 422);
    assert.equal(body.code, 'deploy_failed');
    assert.deepEqual(body.deployed, []);
    assert.match(body.errors[0], /^web: web\.1 exited with code 3; it has rolled-back$/);
    assert.deepEqual(body.services[0].failure, {
      reason: failure.reason,
      task: 'web-1-b',
      slot: 1,
      node: 'local',
      exit_code: 3,
      failed_requests: 0,
      last_log: ['boom'],
      at: 7,
    });
    DeployResult.parse(body);
  });

  it('tells the reason of a failure once, whether or not the deployment has said it already', async () => {
    const failure = { reason: 'web.1 exited 3 times before it was ready', log: [], failedRequests: 0, at: 7 };
    const told = async (id: number, reason: string): Promise<string> => {
      const answer = deploy([web()]);
      await until(async () => (await test.state.deployments.get(id)) !== undefined);
      await end(test, id, 'failed', { failure, reason });
      return (await answer).body.errors[0];
    };
    const settled = `${failure.reason}; revision 1 serves again`;
    assert.equal(await told(1, settled), `web: ${settled}`);
    assert.equal(await told(2, failure.reason), `web: ${failure.reason}`);
  });

  it('is a conflict, not a failure, when somebody stops or removes the service meanwhile', async () => {
    const stopped = deploy([web()]);
    await until(async () => (await test.state.deployments.get(1)) !== undefined);
    await end(test, 1, 'failed', { reason: 'the service was stopped while it was deployed' });
    const purged = deploy([web()]);
    await until(async () => (await test.state.deployments.get(2)) !== undefined);
    const record = (await test.state.deployments.get(2))?.value;
    await test.state.store.txn({ then: record ? [test.state.deployments.remove(record)] : [] });
    for (const [answer, what] of [
      [await stopped, 'stopped'],
      [await purged, 'removed'],
    ] as const) {
      assert.deepEqual([answer.status, answer.body.code], [409, 'conflict']);
      assert.equal(answer.body.error, `web: the service was ${what} while it was deployed`);
      assert.equal(answer.body.hint, 'deploy it again if it is to run');
    }
  });

  it('answers 206 when some succeed and some do not', async () => {
    const answer = deploy([web(), web({ name: 'api' })]);
    await until(async () => (await test.state.deployments.list()).length === 2);
    await end(test, 1, 'succeeded');
    await end(test, 2, 'failed');
    const { status, body } = await answer;
    assert.equal(status, 206);
    assert.deepEqual(body.deployed, ['web']);
    assert.equal(body.errors.length, 1);
  });

  it('joins the same wish to its running rollout, and another wish takes its place: 409 for the first', async () => {
    const first = deploy([web()]);
    await until(async () => (await test.state.deployments.get(1)) !== undefined);
    const joined = deploy([web()]);
    const lines = await open([web()]);
    await lines.until('service');
    assert.equal((await test.state.deployments.list()).length, 1);

    const second = deploy([web({ image: 'acme/web:2' })]);
    const { status, body } = await first;
    assert.equal(status, 409);
    assert.equal(body.code, 'conflict');
    assert.match(body.error, /superseded by deployment 2/);
    assert.equal(body.services[0].state, 'superseded');
    assert.equal((await joined).status, 409);
    assert.equal((await lines.all()).at(-1)?.type, 'result');
    await end(test, 2, 'succeeded');
    assert.equal((await second).status, 200);
    assert.equal((await test.state.services.get('shop', 'web'))?.value.revision, 2);
  });

  it('admits wishes that come at once one after the other, each with a number of its own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => deploy([web({ name: `s${index}` })], { wait: false })),
    );
    const ids = answers.map(({ body }) => body.services[0].deployment).sort((a, b) => a - b);
    assert.deepEqual(
      ids,
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });

  it('ends as failed, not as refused, when the image cannot be resolved', async () => {
    test.engine.resolutions.set('acme/web:9', { warning: 'the registry says it is unknown', needsPull: true });
    const answer = deploy([web({ image: 'acme/web:9' })]);
    await until(async () => (await test.state.deployments.get(1)) !== undefined);
    assert.equal((await test.state.revisions.get('shop', 'web', 1))?.value.hash, undefined);
    const failure = { reason: 'image acme/web:9 cannot be had', log: [], failedRequests: 0, at: 7 };
    await end(test, 1, 'failed', { failure });
    const { status, body } = await answer;
    assert.equal(status, 422);
    assert.equal(body.services[0].state, 'failed');
    assert.deepEqual(body.services[0].warnings, ['web: the registry says it is unknown']);
  });

  it('answers 503 when the engine is away, and stores nothing', async () => {
    test.engine.down = 'docker does not answer';
    const { status, body } = await deploy([web()]);
    assert.equal(status, 503);
    assert.equal(body.code, 'unavailable');
    assert.match(body.error, /docker does not answer/);
    assert.equal((await test.state.services.list()).length, 0);
  });

  it('gives a domain to one service, and tells the owner only within its project', async () => {
    await deployed(test, web({ domain: 'a.test' }), web({ name: 'api', domain: 'a.test', routes: [{ path: '/api' }] }));
    const own = await deploy([web({ name: 'two', domain: 'a.test' })]);
    assert.equal(own.status, 409);
    assert.match(own.body.error, /a\.test\/ belongs to the service web/);
    const other = await deploy([web({ project: 'blog', domain: 'a.test' })]);
    assert.equal(other.status, 409);
    assert.match(other.body.error, /another project/);
    assert.doesNotMatch(other.text, /shop/);
  });

  it('refuses guarded ports to a deployer, and more replicas than nodes with one host port to all', async () => {
    await test.state.store.txn({
      then: [test.state.nodes.put({ id: 'local', name: 'local', availability: 'active' })],
    });
    const guarded = await deploy([web({ ports: ['0.0.0.0:9000:9000'] })], { wait: false });
    assert.equal(guarded.status, 403);
    assert.equal((await deploy([web({ ports: ['0.0.0.0:9000:9000'] })], { as: 'admin', wait: false })).status, 202);
    const twice = await deploy([web({ name: 'two', replicas: 2, ports: ['9001:9000'] })]);
    assert.equal(twice.status, 422);
    assert.equal(twice.body.code, 'unplaceable');
    const nowhere = await deploy([web({ name: 'three', placement: { node: 'mars' } })]);
    assert.equal(nowhere.body.code, 'unplaceable');
  });

  it('keeps a token of one project out of the others', async () => {
    const { status, body } = await deploy([web({ project: 'blog' })], { as: 'shopper' });
    assert.equal(status, 403);
    assert.match(body.error, /may not deploy to the project blog/);
    assert.equal((await deploy([web()], { as: 'shopper', wait: false })).status, 202);
  });

  it('keeps twenty revisions and what is needed', async () => {
    for (let version = 1; version <= 23; version += 1) await deployed(test, web({ image: `acme/web:${version}` }));
    const numbers = (await test.state.revisions.list('shop', 'web')).map(({ value }) => value.number);
    assert.deepEqual(
      numbers,
      Array.from({ length: 20 }, (_, index) => index + 4),
    );
  });

  it('refuses a plan hash, which a later release brings', async () => {
    const { status, body } = await test.ask('POST', '/api/v1/deploy?plan=abc', {
      as: 'admin',
      body: { services: [web()] },
    });
    assert.equal(status, 501);
    assert.equal(body.code, 'not_yet_supported');
  });

  describe('streamed', () => {
    it('tells each change of deployment and tasks once, and the result last', async () => {
      const lines = await open([web()]);
      assert.equal(lines.answer.statusCode, 200);
      assert.match(String(lines.answer.headers['content-type']), /^application\/x-ndjson/);
      assert.equal((await lines.until('service')).action, 'create');
      assert.equal((await lines.until('deployment')).state, 'pending');
      const task = taskOf({ routed: false, routedAt: undefined, container: undefined });
      await test.state.store.txn({ then: [test.state.tasks.put(task)] });
      assert.equal((await lines.until('task')).task.state, 'assigned');
      await test.state.store.txn({ then: [test.state.tasks.put(taskOf())] });
      test.world.serve(task);
      const ready = await lines.until('task', (line) => line.task.health === 'ready');
      assert.equal(ready.task.state, 'running');
      await end(test, 1, 'succeeded');
      const all = await lines.all();
      const last = all.at(-1);
      assert.equal(last?.type, 'result');
      assert.equal(last?.status, 200);
      assert.deepEqual(last?.deployed, ['web']);
      assert.equal(all.filter(({ type }) => type === 'result').length, 1);
      const texts = all.map((line) => JSON.stringify({ ...line, at: 0 }));
      assert.equal(new Set(texts).size, texts.length, 'nothing is told twice');
      for (const line of all) ProgressLine.parse(line);
    });

    it('goes on without the client that went away', async () => {
      const gone = new AbortController();
      const lines = await open([web()], gone.signal);
      await lines.until('deployment');
      gone.abort();
      await until(() => test.logged.some((line) => line.includes('/api/v1/deploy')), 'the end of the request');
      await end(test, 1, 'succeeded');
      assert.equal((await test.state.deployments.get(1))?.value.state, 'succeeded');
      assert.ok(!test.logged.some((line) => line.includes('"level":"error"')), test.logged.join(''));
    });

    it('ends with a result when the server stops: the deployment goes on', async () => {
      const lines = await open([web()]);
      await lines.until('deployment');
      await test.api.close();
      const last = (await lines.all()).at(-1);
      assert.equal(last?.type, 'result');
      assert.equal(last?.status, 503);
      assert.equal(last?.error, 'the server no longer waits: it is stopping; deployment 1 goes on');
      assert.deepEqual(last?.errors, [last?.error]);
      assert.match(last?.hint, /^look up how it ends: .*GET \/api\/v1\/deployments\/\{id\}$/);
      assert.deepEqual(last?.details, { deployments: [1] });
    });
  });

  it('ends with 503 when the store is lost while it waits', async () => {
    const lost = await openApi({
      wrapStore: (store) => ({
        ...store,
        async *watch() {
          yield* [];
          throw new OrcaError('unavailable', 'the store is away');
        },
      }),
    });
    try {
      const { status, body } = await lost.ask('POST', '/api/v1/deploy', { as: 'admin', body: { services: [web()] } });
      assert.equal(status, 503);
      assert.equal(body.error, 'the store is away; deployment 1 goes on');
      assert.deepEqual(body.details, { deployments: [1] });
    } finally {
      await lost.close();
    }
  });

  // biome-ignore lint/suspicious/noExplicitAny: tests look into lines freely
  type Line = any;

  /** A streamed deploy, its lines as they come. */
  async function open(services: readonly object[], signal?: AbortSignal) {
    const answer: IncomingMessage = await test.open('POST', '/api/v1/deploy', {
      as: 'deployer',
      body: { services },
      headers: { accept: 'application/x-ndjson' },
      ...(signal && { signal }),
    });
    const lines: Line[] = [];
    let ended = false;
    answer.on('error', () => undefined);
    createInterface({ input: answer })
      .on('line', (line) => lines.push(JSON.parse(line)))
      .on('close', () => {
        ended = true;
      })
      .on('error', () => undefined);
    return {
      answer,
      async until(type: string, fits: (line: Line) => boolean = () => true): Promise<Line> {
        const find = () => lines.find((line) => line.type === type && fits(line));
        await until(() => find() !== undefined, `a line of type ${type}`);
        return find();
      },
      async all(): Promise<readonly Line[]> {
        await until(() => ended, 'the end of the stream');
        return lines;
      },
    };
  }
});
