import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createClient } from '../../../src/client/client.ts';
import * as statusContract from '../../../src/contract/status.ts';

import { freePort, listening, rejection, scripted } from './connecting.ts';

describe('errors of the client', () => {
  const failing = (t: TestContext, code: number, json: unknown) =>
    scripted(t, [statusContract.status, () => ({ status: code, json })]);

  it("are the server's code, sentence and hint", async (t) => {
    const cases = [
      [403, 'forbidden'],
      [404, 'not_found'],
      [409, 'conflict'],
      [422, 'invalid'],
      [422, 'unplaceable'],
      [429, 'too_many'],
      [501, 'not_yet_supported'],
      [503, 'unavailable'],
      [504, 'timeout'],
    ] as const;
    for (const [code, name] of cases) {
      const { client } = await failing(t, code, { error: 'no: "web"', code: name, hint: 'do this', details: { a: 1 } });
      const { code: got, message, hint, details } = await rejection(client.status());
      assert.deepEqual([got, message, hint, details], [name, 'no: "web"', 'do this', { a: 1, status: code }]);
    }
  });

  it('fall back to the status for a code of a newer server', async (t) => {
    const { client } = await failing(t, 422, { error: 'no', code: 'of_tomorrow' });
    assert.equal((await rejection(client.status())).code, 'invalid');
  });

  it('tell a bug of the server as one, never as the fault of the user', async (t) => {
    const { client } = await failing(t, 500, { error: 'internal error', code: 'internal' });
    const error = await rejection(client.status());
    assert.equal(error.message, 'the server failed: internal error');
    assert.equal(error.hint, 'this is a bug: the cause is in the log of the server');
  });

  it('say who does not answer where nothing listens', async () => {
    const api = `http://127.0.0.1:${await freePort()}`;
    const error = await rejection(createClient({ api }).status());
    assert.equal(error.code, 'unavailable');
    assert.equal(error.message, `the server does not answer at ${api}`);
    assert.equal(error.hint, 'is `orca server` running?');
  });

  it('say so when something else answers', async (t) => {
    const html = await listening(
      t,
      createServer((_, response) => response.end('<html>')),
    );
    assert.match((await rejection(createClient({ api: html }).status())).message, /is not an orca server$/);
    const html500 = await listening(
      t,
      createServer((_, response) => response.writeHead(404).end('<html>')),
    );
    assert.match((await rejection(createClient({ api: html500 }).status())).message, /is not an orca server$/);
    const ssh = await listening(
      t,
      createTcpServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-OpenSSH\r\n')),
    );
    assert.match((await rejection(createClient({ api: ssh }).status())).message, /is not an orca server$/);
  });

  it('tell an unknown outcome from one that never began', async (t) => {
    const api = await listening(
      t,
      createTcpServer((socket) => socket.on('error', () => undefined).once('data', () => socket.destroy())),
    );
    const changing = await rejection(createClient({ api }).scale('web', 3));
    assert.deepEqual([changing.code, changing.details], ['timeout', { lost: true }]);
    const reading = await rejection(createClient({ api }).status());
    assert.deepEqual([reading.code, reading.details], ['unavailable', { lost: true }]);
  });

  it('come when no answer comes in time', async (t) => {
    const server = createServer(() => undefined);
    const api = await listening(t, server);
    const error = await rejection(createClient({ api, timeout: 50 }).stopAll());
    assert.deepEqual(
      [error.code, error.message],
      ['timeout', `the connection to ${api} was lost: no answer for 0.05 s`],
    );
  });

  it('come when a body falls silent, or is cut in the middle', async (t) => {
    const halves = createServer((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"services":');
      if (request.url?.includes('cut')) response.socket?.destroySoon();
    });
    const api = await listening(t, halves);
    const silent = await rejection(createClient({ api, timeout: 50 }).status());
    assert.match(silent.message, /silent for 0\.05 s$/);
    const cut = await rejection(createClient({ api }).status('cut'));
    assert.equal(cut.details?.['lost'], true);
  });

  it('are the reason of the signal that ended the call', async (t) => {
    const server = createServer((_, response) => response.writeHead(200).write('line\n'));
    const api = await listening(t, server);
    const controller = new AbortController();
    const reason = new Error('enough');
    const reading = (async () => {
      for await (const line of createClient({ api, signal: controller.signal }).logs('web')) {
        assert.equal(line, 'line');
        controller.abort(reason);
      }
    })();
    await assert.rejects(reading, reason);
    await assert.rejects(createClient({ api, signal: controller.signal }).status(), reason);
  });

  it('refuse an address that is not HTTP', async () => {
    const error = await rejection(createClient({ api: 'ftp://127.0.0.1' }).status());
    assert.equal(error.code, 'malformed');
  });
});
