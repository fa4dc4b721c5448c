import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { createDeploying } from '../../../src/api/deploying/deploy.ts';
import type { ProgressLine } from '../../../src/contract/progress.ts';
import { ProgressLine as ProgressSchema } from '../../../src/contract/progress.ts';
import { createEngines } from '../../../src/engine/engines.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { deployed, end, web } from './records.ts';
import { openApi, until } from './test-api.ts';

describe('a deploy whose registry takes its time', () => {
  it('streamed, has its head at once, and the outcome once the registry has answered', async (t) => {
    const { test, stream, answerImages } = await begin(t);
    const answer = await stream([web()]);
    assert.equal(answer.statusCode, 200);
    assert.equal((await test.state.deployments.list()).length, 0);
    answerImages();
    await until(async () => (await test.state.deployments.get(1)) !== undefined);
    await end(test, 1, 'succeeded');
    assert.equal((await linesOf(answer)).at(-1)?.type, 'result');
  });

  it('streamed, beats while it waits for it', async (t) => {
    const { test, answerImages } = await begin(t);
    const { state, engine, world } = test;
    const clock = { now: () => (test.now += 1) };
    const deploying = createDeploying({
      state,
      engine,
      engines: createEngines({ local: engine }),
      world,
      clock,
      log: createLogger({ level: 'silent' }),
      beat: 1,
    });
    const admin = { id: 'a', name: 'admin', role: 'admin' } as const;
    const admitting = deploying.admit({ services: [web()] }, admin);
    const lines: ProgressLine[] = [];
    const following = { waited: false, signal: AbortSignal.timeout(60_000), requestId: 'r1' };
    for await (const line of deploying.follow(admitting, following)) {
      lines.push(line);
      if (lines.length === 3) answerImages();
    }
    const types = lines.map(({ type }) => type);
    assert.deepEqual(types.slice(0, 3), ['waiting', 'waiting', 'waiting']);
    assert.deepEqual(types.slice(-2), ['service', 'result']);
    for (const line of lines) ProgressSchema.parse(line);
  });

  it('streamed and not waited for, ends once it is admitted', async (t) => {
    const { stream, answerImages } = await begin(t);
    answerImages();
    const [service, result, ...more] = await linesOf(await stream([web()], '?wait=false'));
    assert.deepEqual([service?.type, result?.type, result?.['status'], more], ['service', 'result', 202, []]);
  });

  it('happens, also when the client has left before the registry answered', async (t) => {
    const { test, stream, answerImages } = await begin(t);
    const answer = await stream([web()]);
    answer.on('error', () => undefined).destroy();
    await until(() => test.logged.some((line) => line.includes('/api/v1/deploy')), 'the end of the request');
    answerImages();
    await until(async () => (await test.state.deployments.get(1)) !== undefined, 'the deployment');
    assert.ok(!test.logged.some((line) => line.includes('"level":"error"')), test.logged.join(''));
  });

  it('is refused before the head where nothing needs to be waited for', async (t) => {
    const { test } = await begin(t);
    const headers = { accept: 'application/x-ndjson' };
    const wrong = { services: [web({ image: 7 })] };
    const right = { services: [web()] };
    const statusOf = async (asked: object) =>
      (await test.ask('POST', '/api/v1/deploy', { headers, as: 'deployer', ...asked })).status;
    assert.equal(await statusOf({ as: undefined, body: right }), 401);
    assert.equal(await statusOf({ as: 'viewer', body: right }), 403);
    assert.equal(await statusOf({ raw: '{' }), 400);
    assert.equal(await statusOf({ raw: Buffer.alloc(16 * 1024 * 1024 + 1, 0x20) }), 413);
    assert.equal(await statusOf({ body: wrong }), 422);
  });

  it('streamed, tells in its last line what an answer would have told by its status', async (t) => {
    const { test, stream, answerImages } = await begin(t);
    answerImages();
    await deployed(test, web({ domain: 'a.test' }));
    const taken = [web({ name: 'two', domain: 'a.test' })];
    const last = (await linesOf(await stream(taken))).at(-1);
    const { status, body } = await test.ask('POST', '/api/v1/deploy', { as: 'deployer', body: { services: taken } });
    assert.equal(status, 409);
    assert.ok(last?.request_id);
    assert.deepEqual(last, { ...body, request_id: last.request_id, type: 'result' });
  });

  it('streamed, tells a bug as one, names what was admitted before it, and logs it', async (t) => {
    const { test, stream, answerImages } = await begin(t);
    const { get } = test.state.cluster;
    let reads = 0;
    Object.assign(test.state.cluster, {
      get: (name: 'deployment' | 'identity') => {
        if (name === 'deployment') reads += 1;
        if (reads > 1) throw new TypeError('a bug');
        return get(name);
      },
    });
    answerImages();
    const lines = await linesOf(await stream([web(), web({ name: 'two' })]));
    assert.deepEqual(
      lines.map(({ type, status, code, service }) => [type, service ?? status, code]),
      [
        ['service', 'web', undefined],
        ['result', 500, 'internal'],
      ],
    );
    const { request_id } = lines.at(-1) ?? {};
    assert.ok(request_id);
    assert.ok(test.logged.some((line) => line.includes('a bug') && line.includes(`"request_id":"${request_id}"`)));
  });
});

/** An API whose engine does not say what an image is until it is let. */
async function begin(t: TestContext) {
  const test = await openApi();
  t.after(() => test.close());
  const { resolve } = test.engine;
  let answerImages = () => {};
  const answered = new Promise<void>((done) => {
    answerImages = done;
  });
  test.engine.resolve = async (...asked) => {
    await answered;
    return resolve(...asked);
  };
  const stream = (services: readonly object[], query = ''): Promise<IncomingMessage> =>
    test.open('POST', `/api/v1/deploy${query}`, {
      as: 'deployer',
      body: { services },
      headers: { accept: 'application/x-ndjson' },
    });
  return { test, stream, answerImages };
}

type Line = Record<string, unknown>;

const linesOf = async (answer: IncomingMessage): Promise<Line[]> =>
  (await text(answer))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
