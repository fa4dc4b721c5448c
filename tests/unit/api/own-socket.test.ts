import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { listenOnSocket } from '../../../src/api/http/listen-socket.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { openApi, type TestApi, until } from './test-api.ts';

const ROOT = process.getuid?.() === 0;
const SOMEBODY = 60_880;

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-sock-'));
  chmodSync(dir, 0o711);
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly body: any;
}

type Headers = Readonly<Record<string, string>>;

function ask(socketPath: string, path: string, headers: Headers = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method, headers, agent: false }, async (answer) => {
      const content = await text(answer);
      resolve({ status: answer.statusCode ?? 0, body: content === '' ? undefined : JSON.parse(content) });
    });
    sent.on('error', reject).end();
  });
}

async function openLocally(t: TestContext): Promise<{ test: TestApi; path: string }> {
  const path = join(directory(t), 'orca.sock');
  const api = await openApi();
  t.after(() => api.close());
  await api.api.listenLocally(path);
  return { test: api, path };
}

const refusalOf = async (promise: Promise<unknown>): Promise<OrcaError> => {
  const error = await promise.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OrcaError, String(error));
  return error;
};

test('over the socket the caller is an admin without a token, named so in the log', async (t) => {
  const { test: api, path } = await openLocally(t);
  const { status, body } = await ask(path, '/v1/auth/whoami');
  assert.deepEqual([status, body.name, body.role], [200, 'local', 'admin']);
  assert.equal((await ask(path, '/api/v1/stop', {}, 'POST')).status, 200);
  assert.ok(api.logged.some((line) => line.includes('"caller":"local"')));
});

test('a token over the socket counts for what it is', async (t) => {
  const { test: api, path } = await openLocally(t);
  const as = (token: string) => ask(path, '/v1/auth/whoami', { authorization: `Bearer ${token}` });
  assert.equal((await as(api.tokens.viewer)).body.role, 'viewer');
  assert.equal((await as('wrong')).status, 401);
});

test('nothing that is sent over TCP makes a caller of it', async (t) => {
  const { test: api } = await openLocally(t);
  const tricks: Headers[] = [
    { host: 'orca.sock' },
    { host: 'unix' },
    { 'x-forwarded-for': 'unix:' },
    { 'x-forwarded-proto': 'unix', forwarded: 'for=local;proto=unix' },
    { authorization: '' },
    { authorization: 'local' },
    { authorization: 'Bearer local' },
    { 'x-real-ip': '', via: 'orca.sock' },
  ];
  for (const headers of tricks) {
    const { status } = await api.ask('GET', '/v1/auth/whoami', { headers });
    assert.ok(status === 401 || status === 403, `${JSON.stringify(headers)}: ${status}`);
  }
  const target = await api.ask('GET', 'http://unix/v1/auth/whoami');
  assert.notEqual(target.status, 200);
});

test('a page in a browser gets nothing by way of the socket, whatever passes it on', async (t) => {
  const { path } = await openLocally(t);
  for (const headers of [
    { origin: 'http://localhost' },
    { origin: 'null' },
    { origin: 'http://evil.test' },
  ] as Headers[])
    assert.notEqual((await ask(path, '/v1/auth/whoami', headers)).status, 200, JSON.stringify(headers));
  assert.equal((await ask(path, '/v1/auth/whoami', { host: 'evil.test:80' })).status, 403);
  assert.equal((await ask(path, '/v1/auth/whoami', { host: '127.0.0.1:80' })).status, 200);
});

test("the socket is its owner's alone, and goes with the server", async (t) => {
  const umask = process.umask();
  const { test: api, path } = await openLocally(t);
  const { mode, uid } = statSync(path);
  assert.deepEqual([mode & 0o777, uid], [0o600, process.geteuid?.()]);
  assert.equal(process.umask(), umask);
  await api.api.close(100);
  assert.ok(!existsSync(path));
});

test('no other user can open it', { skip: !ROOT }, async (t) => {
  const { path } = await openLocally(t);
  const script = `require('net').connect(process.argv[1]).on('connect', () => process.exit(0)).on('error', (e) => { console.log(e.code); process.exit(1); })`;
  const child = spawn(process.execPath, ['-e', script, path], { uid: SOMEBODY, gid: SOMEBODY, cwd: '/' });
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  assert.equal(said, 'EACCES\n');
});

test('what a dead server left is replaced; a live one, and what is no socket, is not', async (t) => {
  const path = join(directory(t), 'orca.sock');
  await leaveDead(path);
  assert.ok(existsSync(path));
  const first = await listenOnSocket((_, response) => response.end('{}'), path);
  t.after(() => first.close());
  const { code, message } = await refusalOf(listenOnSocket(() => {}, path));
  assert.deepEqual([code, message], ['conflict', `another orca server answers on ${path}`]);
  assert.equal((await ask(path, '/')).status, 200);
  const file = `${path}.file`;
  writeFileSync(file, 'mine');
  assert.match((await refusalOf(listenOnSocket(() => {}, file))).message, /a file that is not a socket is there$/);
  assert.deepEqual(readdirSync(join(path, '..')).sort(), ['orca.sock', 'orca.sock.file']);
});

/** As kill -9 leaves it. */
async function leaveDead(path: string): Promise<void> {
  const script = `require('net').createServer().listen(process.argv[1], () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('too long a path is refused in a sentence, before the kernel cuts it off', async (t) => {
  const path = join(directory(t), 'x'.repeat(100), 'orca.sock');
  const { code, message } = await refusalOf(listenOnSocket(() => {}, path));
  assert.equal(code, 'invalid');
  assert.match(message, /has 1\d\d bytes, and a socket's may have 107$/);
});

test('the bounds of TCP hold: one more connection closes the oldest, what is no HTTP is told so', async (t) => {
  const path = join(directory(t), 'orca.sock');
  const server = await listenOnSocket((_, response) => response.end('{}'), path, { connections: 2 });
  t.after(() => server.close());
  const open = () => {
    const socket = connect(path).on('error', () => {});
    t.after(() => socket.destroy());
    return socket;
  };
  const first = open();
  await once(first, 'connect');
  await once(open(), 'connect');
  open();
  await until(() => first.closed || first.readableEnded || first.destroyed, 'the oldest to be closed');
  const bad = open();
  bad.write('nonsense\r\n\r\n');
  assert.match(await text(bad), /^HTTP\/1\.1 400 .*"code":"malformed"/s);
});
