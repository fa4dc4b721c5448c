import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deployed, end, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

const MINUTE = 60_000;

let test: TestApi;
beforeEach(async () => {
  test = await openApi();
  await deployed(test, web());
});
afterEach(() => test.close());

const made = async (rest: object = {}): Promise<{ readonly id: string; readonly token: string }> =>
  (await test.ask('POST', '/api/v1/tokens', { as: 'admin', body: { name: 'leaver', role: 'deployer', ...rest } })).body;
const open = ({ token }: { readonly token: string }, path: string) =>
  test.open('GET', path, { authorization: `Bearer ${token}` });

/** How it ends: whole, as far as HTTP says. */
async function ended(stream: IncomingMessage): Promise<boolean> {
  for await (const _ of stream.resume());
  return stream.complete;
}

const STREAMS = ['/api/v1/events', '/api/v1/services/web/logs?follow=true'];

describe('what goes on without end', () => {
  for (const path of STREAMS) {
    it(`${path} ends when its token is removed`, async () => {
      const leaver = await made();
      const stream = await open(leaver, path);
      const mine = await test.open('GET', path, { as: 'admin' });
      assert.equal(stream.statusCode, 200);
      await test.ask('DELETE', `/api/v1/tokens/${leaver.id}`, { as: 'admin' });
      assert.ok(await ended(stream));
      assert.equal(mine.destroyed || mine.complete, false, 'that of another token goes on');
      mine.destroy();
    });

    it(`${path} ends when its token is replaced`, async () => {
      const leaver = await made();
      const stream = await open(leaver, path);
      await test.ask('POST', `/api/v1/tokens/${leaver.id}/rotate`, { as: 'admin' });
      assert.ok(await ended(stream));
    });

    it(`${path} ends when its token expires`, async () => {
      const leaver = await made({ expires: '5m' });
      const stream = await open(leaver, path);
      test.now += 6 * MINUTE;
      assert.ok(await ended(stream));
    });
  }
});

describe('a deploy that is waited for', () => {
  it('is told to its end, though its token has expired by then', async () => {
    const pipeline = await made({ expires: '5m' });
    const events = await open(pipeline, '/api/v1/events');
    const answer = test.ask('POST', '/api/v1/deploy', {
      authorization: `Bearer ${pipeline.token}`,
      headers: { accept: 'application/x-ndjson' },
      body: { services: [web({ env: { A: '1' } })] },
    });
    while ((await test.state.deployments.get(2)) === undefined) await test.state.store.range({ prefix: 'x' });
    test.now += 6 * MINUTE;
    assert.ok(await ended(events), 'it was looked at');
    await end(test, 2, 'succeeded');
    const { status, text } = await answer;
    assert.equal(status, 200);
    assert.match(text, /"type":"result"/);
  });
});
