import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { MAX_STEPS } from '../../../src/api/deploying/plan.ts';
import { createSlices } from '../../../src/api/deploying/slices.ts';
import { type BudgetLimits, createBudget, LIMITS } from '../../../src/api/http/budget.ts';
import { cutUnread } from '../../../src/api/http/unread.ts';
import { VIEWER_BODY } from '../../../src/contract/endpoint.ts';
import { deployed, taskOf, web } from './records.ts';
import { openApi, until } from './test-api.ts';

const MIB = 1024 * 1024;

/** An API with the budget of every server, whose requests do not wait long for room. */
async function open(t: TestContext, limits: Partial<BudgetLimits> = {}) {
  const budget = createBudget({ ...LIMITS, patience: 1, ...limits });
  const test = await openApi({ budget });
  t.after(() => test.close());
  return { test, budget };
}

describe('many readers of a chatty log, none of which reads on', () => {
  it('hold what readers may hold together; the last are told to come again, and an admin is served', async (t) => {
    const { test, budget } = await open(t);
    await deployed(test, web());
    await test.state.store.txn({ then: [test.state.tasks.put(taskOf())] });
    const text = 'x'.repeat(900);
    test.engine.logged.set('web-1-a', []);
    let most = 0;
    test.engine.logs = async function* () {
      for (let at = 0; at < 20_000; at += 1) {
        most = Math.max(most, budget.held());
        yield { at, stream: 'stdout', text };
      }
    };
    const path = '/api/v1/services/web/logs?tail=100000';
    const answers = await Promise.all(Array.from({ length: 34 }, () => test.open('GET', path, { as: 'viewer' })));
    t.after(() => answers.forEach((answer) => void answer.on('error', () => undefined).destroy()));
    const served = answers.filter(({ statusCode }) => statusCode === 200).length;
    const refused = answers.filter(({ statusCode }) => statusCode === 503);
    assert.deepEqual([served, served + refused.length], [1, 34]);
    assert.equal(refused[0]?.headers['retry-after'], '5');
    assert.ok(most > 16 * MIB && most <= LIMITS.room.viewer / 2, `${most} bytes were held`);
    const admin = await test.ask('GET', path, { as: 'admin' });
    assert.equal(admin.status, 200);
    assert.ok(admin.text.length > 15 * MIB && admin.text.endsWith(`${text}\n`), 'the last lines');
  });

  it('give back what they held when they leave', async (t) => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    t.after(() => process.off('warning', onWarning));
    const { test, budget } = await open(t);
    await deployed(test, web());
    await test.state.store.txn({ then: [test.state.tasks.put(taskOf())] });
    test.engine.logged.set('web-1-a', [{ at: 1, stream: 'stdout', text: 'said' }]);
    const answer = await test.open('GET', '/api/v1/services/web/logs?follow', { as: 'viewer' });
    await once(answer, 'data');
    await until(() => budget.held() < MIB, 'the history to be given back');
    assert.ok(budget.held() > 0, 'what is followed is counted');
    answer.on('error', () => undefined).destroy();
    await until(() => budget.held() === 0, 'all to be given back');
    assert.deepEqual(warnings, []);
  });
});

describe('many large bodies at once', () => {
  const HEADERS = { 'content-type': 'application/json', 'content-length': String(16 * MIB) };

  it('are read while there is room; the last are told to come again, and others are served', async (t) => {
    const { test, budget } = await open(t);
    const half = Buffer.alloc(MIB, 0x20);
    const head = [
      'POST /api/v1/plan HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${test.tokens.deployer}`,
      ...Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}`),
    ];
    const said: string[] = [];
    const sockets = Array.from({ length: 99 }, () => {
      const socket = connect(test.port, '127.0.0.1');
      socket.on('error', () => undefined).once('data', (data) => said.push(String(data)));
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      socket.write(half);
      return socket;
    });
    t.after(() => sockets.forEach((socket) => void socket.destroy()));
    const share = LIMITS.room.deployer / 2;
    const taken = Math.floor(share / (2 * 16 * MIB + 8 * MIB));
    await until(() => said.length === 99 - taken, 'the refusals');
    for (const answer of said) {
      assert.match(answer, /^HTTP\/1\.1 503 /);
      assert.match(answer, /^retry-after: 5\r$/im);
    }
    assert.ok(budget.held() > 0 && budget.held() <= share, `${budget.held()} bytes are held`);
    for (const as of ['admin', 'viewer'] as const) {
      const answer = await test.ask('POST', '/api/v1/plan', { as, body: { services: [web()] } });
      assert.equal(answer.status, 200, answer.text);
    }
    for (const socket of sockets) socket.destroy();
    await until(() => budget.held() === 0, 'all to be given back');
  });

  it('of a viewer are refused by their length: it may plan less', async (t) => {
    const { test, budget } = await open(t);
    const refused = await test.ask('POST', '/api/v1/plan', { as: 'viewer', raw: Buffer.alloc(VIEWER_BODY + 1, 0x20) });
    assert.deepEqual([refused.status, refused.body.details], [413, { limit: VIEWER_BODY }]);
    const socket = connect(test.port, '127.0.0.1');
    let said = '';
    socket.on('error', () => undefined).on('data', (data) => (said += data));
    const head = `POST /api/v1/plan HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${test.tokens.viewer}\r\n`;
    socket.write(`${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`);
    for (let sent = 0; sent <= VIEWER_BODY; sent += 64 * 1024) socket.write(`10000\r\n${' '.repeat(64 * 1024)}\r\n`);
    await until(() => said.includes('}'), 'the refusal of one sent in chunks');
    assert.match(said, /^HTTP\/1\.1 413 /);
    socket.destroy();
    assert.equal((await test.ask('POST', '/api/v1/plan', { as: 'viewer', body: { services: [web()] } })).status, 200);
    await until(() => budget.held() === 0);
  });

  it('whose size is in one text, or beside the texts, are refused by their shape', async (t) => {
    const { test } = await open(t);
    const ask = (raw: string) => test.ask('POST', '/api/v1/plan', { as: 'admin', raw });
    const long = await ask(`{"services":[{"name":"web","command":"${'x'.repeat(3 * MIB)}"}]}`);
    assert.deepEqual([long.status, long.body.error], [413, 'the body holds a text of more than 2 MiB']);
    const wide = await ask(`{"services":${' '.repeat(5 * MIB)}[]}`);
    assert.deepEqual([wide.status, wide.body.error], [413, 'the body holds more than 4 MiB beside its texts']);
  });
});

describe('a plan', () => {
  it('of more steps than can be read is refused', async (t) => {
    const { test } = await open(t);
    const services = Array.from({ length: 11 }, (_, index) => web({ name: `s${index}`, replicas: 1000 }));
    const { status, body } = await test.ask('POST', '/api/v1/plan', { as: 'viewer', body: { services } });
    assert.deepEqual([status, body.code, body.details], [413, 'too_large', { limit: MAX_STEPS }]);
  });

  it('is computed in slices: the loop turns in between, and it ends when nobody waits', async () => {
    const inSlices = createSlices();
    const never = new AbortController().signal;
    let turned = 0;
    const turn = () => {
      turned += 1;
      if (turned < 3) setImmediate(turn);
    };
    setImmediate(turn);
    function* until3(): Generator<undefined, string> {
      while (turned < 3) yield;
      return 'done';
    }
    assert.deepEqual(await Promise.all([inSlices(until3(), never), inSlices(until3(), never)]), ['done', 'done']);
    function* endless(): Generator<undefined, never> {
      for (;;) yield;
    }
    const leave = new AbortController();
    setImmediate(() => leave.abort());
    await assert.rejects(inSlices(endless(), leave.signal), /nobody waits/);
  });
});

it('an answer of which nothing is taken is cut', async (t) => {
  let cut = false;
  const server = createServer((_, response) => {
    cutUnread(response, 20);
    response.once('close', () => (cut = !response.writableFinished)).end(Buffer.alloc(64 * MIB));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(() => cut, 'the answer to be cut');
});
