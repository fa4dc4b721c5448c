import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { type Client, createClient } from '../../../src/client/client.ts';
import * as clusterContract from '../../../src/contract/cluster.ts';
import * as deployContract from '../../../src/contract/deploy.ts';
import * as deploymentContract from '../../../src/contract/deployments.ts';
import * as eventContract from '../../../src/contract/events.ts';
import * as logContract from '../../../src/contract/logs.ts';
import * as planContract from '../../../src/contract/plan.ts';
import * as serviceContract from '../../../src/contract/services.ts';
import * as statusContract from '../../../src/contract/status.ts';
import * as versionContract from '../../../src/contract/version.ts';
import * as whoamiContract from '../../../src/contract/whoami.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { deployed, deployment, plan, planned, result, service, status } from '../cli/samples.ts';
import { progress, type Script, scriptedServer, TOKEN } from './scripted-server.ts';

async function scripted(t: TestContext, ...scripts: Script[]) {
  const server = await scriptedServer(scripts);
  t.after(() => server.close());
  return { server, client: createClient({ api: server.api, token: TOKEN }) };
}

/** An address where nothing listens: bound once, then free again. */
async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(
  t: TestContext,
  server: ReturnType<typeof createServer> | ReturnType<typeof createTcpServer>,
): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const rejection = async (promise: Promise<unknown>): Promise<OrcaError> => {
  const error = await promise.then(
    () => assert.fail('it did not reject'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OrcaError, `not an OrcaError: ${error}`);
  return error;
};

const stopped = { ok: 'web stops', stopped: ['web'], removed: [] };
const body = { services: [{ name: 'web', project: 'shop', image: 'acme/web:1' }] };

describe('client', () => {
  it('speaks every endpoint as the contract has it', async (t) => {
    const scripts: Script[] = [
      [versionContract.root, () => ({ json: { service: 'orca', version: '0.1.0' } })],
      [versionContract.version, () => ({ json: { version: '0.1.0', api: 'v1', node: 'v24' } })],
      [whoamiContract.whoami, () => ({ json: { name: 'admin', role: 'admin', projects: null, expires_at: null } })],
      [
        clusterContract.clusterInfo,
        () => ({ json: { cluster_name: 'orca', cluster_id: null, nodes: [], node_count: 0, version: '0.1.0' } }),
      ],
      [statusContract.status, () => ({ json: status([service()]) })],
      [planContract.plan, () => ({ json: plan([planned()]) })],
      [
        serviceContract.scale,
        () => ({ json: { service: 'web', project: 'shop', replicas: 3, previous: 1, scaled_from: 1 } }),
      ],
      [serviceContract.start, () => ({ json: { ok: 'web starts', service: 'web', project: 'shop' } })],
      [serviceContract.removeService, () => ({ json: stopped })],
      [serviceContract.removeProject, () => ({ json: stopped })],
      [serviceContract.stopAll, () => ({ json: stopped })],
      [deploymentContract.deployments, () => ({ json: { deployments: [deployment()], total: 1 } })],
      [deploymentContract.deployment, () => ({ json: deployment() })],
      [deployContract.deploy, () => ({ status: 202, json: result([deployed({ state: 'pending' })], 202) })],
    ];
    const { server, client } = await scripted(t, ...scripts);
    const calls: ((client: Client) => Promise<unknown>)[] = [
      (one) => one.root(),
      (one) => one.version(),
      (one) => one.whoami(),
      (one) => one.cluster(),
      (one) => one.status('shop'),
      (one) => one.plan(body),
      (one) => one.scale('web', 3, 'shop'),
      (one) => one.start('web'),
      (one) => one.stop('web', 'shop'),
      (one) => one.remove('web', 'shop'),
      (one) => one.stopProject('shop'),
      (one) => one.removeProject('shop'),
      (one) => one.stopAll(),
      (one) => one.deployments({ service: 'web', limit: 5 }),
      (one) => one.deployment(12),
      (one) => one.deployDetached(body, { plan: 'sha256:0' }),
    ];
    for (const call of calls) await call(client);
    assert.deepEqual(server.violations, []);
    assert.deepEqual(server.requests, [
      'GET /',
      'GET /api/v1/version',
      'GET /v1/auth/whoami',
      'GET /api/v1/cluster/info',
      'GET /api/v1/status?project=shop',
      'POST /api/v1/plan',
      'POST /api/v1/services/web/scale?project=shop',
      'POST /api/v1/services/web/start',
      'DELETE /api/v1/services/web?project=shop',
      'DELETE /api/v1/services/web?project=shop&purge=true',
      'DELETE /api/v1/projects/shop',
      'DELETE /api/v1/projects/shop?purge=true',
      'POST /api/v1/stop',
      'GET /api/v1/deployments?service=web&limit=5',
      'GET /api/v1/deployments/12',
      'POST /api/v1/deploy?plan=sha256%3A0&wait=false',
    ]);
  });

  it('streams the lines of a deploy, however they are cut into pieces', async (t) => {
    const text = [
      progress({ type: 'waiting', at: 1, reason: 'waits for web.1: 日本' }),
      progress({ type: 'result', ...result([deployed()]) }),
    ].join('');
    const { server, client } = await scripted(t, [
      deployContract.deploy,
      (call) => {
        assert.equal(call.headers.accept, 'application/x-ndjson');
        return { pieces: text.match(/.{1,7}/gs) ?? [], type: 'application/x-ndjson' };
      },
    ]);
    const lines = await all(client.deploy(body));
    assert.deepEqual(
      lines.map(({ type }) => type),
      ['waiting', 'result'],
    );
    assert.deepEqual(server.violations, []);
  });

  it('streams log lines as they are', async (t) => {
    const lines = ['2026-01-31T12:00:00.000Z web-1 hello', '', '2026-01-31T12:00:01.000Z web-1 no newline at the end'];
    const { server, client } = await scripted(t, [logContract.logs, () => ({ raw: lines.join('\n') })]);
    assert.deepEqual(
      await all(client.logs('web', { follow: true, tail: 3, since: '10m', task: '2', grep: 'a b' })),
      lines,
    );
    assert.deepEqual(server.requests, ['GET /api/v1/services/web/logs?follow=true&tail=3&since=10m&task=2&grep=a+b']);
  });

  it('reads events with their ids, and resumes after one', async (t) => {
    const data = {
      at: 1,
      project: 'shop',
      name: '12',
      service: 'web',
      from: 'running',
      to: 'succeeded',
      reason: 'it held',
    };
    const text = `: hello\n\nid: 41\nevent: deployment\ndata: ${JSON.stringify(data)}\n\nid: 42\nevent: reset\ndata: ${JSON.stringify({ ...data, reason: 'gap' })}\n\ndata: unfinished`;
    const { client } = await scripted(t, [
      eventContract.events,
      ({ headers }) => {
        assert.equal(headers['last-event-id'], '40');
        return { pieces: [text], type: 'text/event-stream' };
      },
    ]);
    const messages = await all(client.events({ after: '40' }));
    assert.deepEqual(
      messages.map(({ id, event, data: { reason } }) => [id, event, reason]),
      [
        ['41', 'deployment', 'it held'],
        ['42', 'reset', 'gap'],
      ],
    );
  });

  it('answers a refused detached deploy instead of throwing: it says more than an error', async (t) => {
    const refused = deployed({ state: 'refused', code: 'unplaceable', deployment: null, revision: null });
    const answer = { ...result([refused], 422), error: 'nothing was deployed', code: 'deploy_failed' };
    const { client } = await scripted(t, [deployContract.deploy, () => ({ status: 422, json: answer })]);
    assert.deepEqual(await client.deployDetached(body), answer);
  });
});

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
