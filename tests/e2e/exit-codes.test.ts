import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MAIN } from '../lab/entries.ts';
import { until } from '../lab/until.ts';
import { directory, finallyDo, freePort } from './dataplane/support/lab.ts';

const SOMEBODY = 60_880;
const ROOT = process.getuid?.() === 0;
/** Containers may be set up so that anybody may listen on any port. */
const GUARDED = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) > 39;

interface Ended {
  readonly code: number | null;
  /** What it said to people. */
  readonly said: string;
}

interface As {
  readonly uid?: number;
}

/** Ended after the test, whatever happens. */
function start(t: TestContext, words: readonly string[], as: As = {}): ChildProcess & { ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'], ...as });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const data = words[words.indexOf('--data') + 1];
  if (words[0] === 'server' && data !== undefined) finallyDo(t, () => stopAll(data));
  finallyDo(t, () => child.kill('SIGKILL'));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said }));
  return Object.assign(child, { ended });
}

/** A data plane runs on without its server. */
const stopAll = (data: string): void => {
  spawnSync(process.execPath, [MAIN, 'server', '--stop', '--all', '--data', data], {
    stdio: 'ignore',
    timeout: 20_000,
  });
};

const run = (t: TestContext, words: readonly string[], as?: As): Promise<Ended> => start(t, words, as).ended;

const serverOn = (data: string, api: number, ...more: string[]): string[] => [
  'server',
  '--data',
  data,
  '--api',
  `127.0.0.1:${api}`,
  '--http',
  'off',
  '--docker',
  'unix:///nowhere',
  ...more,
];

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health/live`).then(
    ({ ok }) => ok,
    () => false,
  );

async function startServer(t: TestContext, data: string): Promise<{ api: number; server: ReturnType<typeof start> }> {
  const api = await freePort();
  const server = start(t, serverOn(data, api));
  await until('the server to be up', () => answers(api));
  return { api, server };
}

test('a second server on a data folder, or on a port that is taken, ends with 8 and says why', async (t) => {
  const dir = directory(t);
  const { api } = await startServer(t, join(dir, 'one'));
  const [second, port, plane] = await Promise.all([
    run(t, serverOn(join(dir, 'one'), await freePort())),
    run(t, serverOn(join(dir, 'two'), api)),
    run(t, ['ingress', '--data', join(dir, 'three'), '--http', `127.0.0.1:${api}`]),
  ]);
  assert.match(second.said, /^orca: the store \S+\/one\/orca\.db is in use by another orca server/);
  assert.match(
    port.said,
    new RegExp(`^orca: the API cannot listen on 127\\.0\\.0\\.1:${api}: EADDRINUSE\nhint: stop what`),
  );
  assert.match(plane.said, new RegExp(`^orca: 127\\.0\\.0\\.1:${api} is in use by `));
  assert.deepEqual([second.code, port.code, plane.code], [8, 8, 8]);
  assert.ok(!existsSync(join(dir, 'two', 'ingress', 'control.sock')), 'it has left no data plane behind');
});

test('settings that are not valid, and a data folder that cannot be, end with 1', async (t) => {
  const dir = directory(t);
  const [settings, folder] = await Promise.all([
    run(t, ['server', '--data', dir, '--api', '1.2.3.4:1']),
    run(t, serverOn('/proc/x', await freePort())),
  ]);
  assert.match(settings.said, /^orca: the settings are not valid:\n {2}api: expected a loopback address/);
  assert.match(folder.said, /^orca: \/proc\/x cannot be the data folder: no folder can be made at \/proc\/x\nhint: /);
  assert.deepEqual([settings.code, folder.code], [1, 1]);
});

test("what belongs to another user, or is root's, ends with 9", { skip: !(ROOT && GUARDED) }, async (t) => {
  const dir = directory(t);
  chmodSync(dir, 0o777);
  await startServer(t, join(dir, 'one'));
  const as = { uid: SOMEBODY };
  const stop = await run(t, ['server', '--stop', '--data', join(dir, 'one')], as);
  const low = await run(t, serverOn(join(dir, 'two'), 39), as);
  assert.match(stop.said, /cannot be stopped: it is another user's/);
  assert.match(
    low.said,
    /the API cannot listen on 127\.0\.0\.1:39: EACCES\nhint: without root choose a port from 1024/,
  );
  assert.deepEqual([stop.code, low.code], [9, 9]);
});

test('a server that was told to stop, and one where nothing runs, end with 0', async (t) => {
  const dir = directory(t);
  const { server } = await startServer(t, dir);
  server.kill('SIGTERM');
  assert.deepEqual(await server.ended, { code: 0, said: '' });
  assert.equal((await run(t, ['server', '--stop', '--data', dir])).code, 0);
});

test('a second SIGINT ends a server at once that still waits for an answer to end, with 130', async (t) => {
  const dir = directory(t);
  const { api, server } = await startServer(t, dir);
  const token = readFileSync(join(dir, 'admin.token'), 'utf8').trim();
  const head = `POST /api/v1/deploy HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json`;
  const slow = connect(api, '127.0.0.1', () => slow.write(`${head}\r\ncontent-length: 99\r\n\r\n{`));
  finallyDo(t, () => slow.destroy());
  slow.on('error', () => {});
  await once(slow, 'ready');
  await until('the request to be read', () => answers(api));
  server.kill('SIGINT');
  await until('the server to listen no more', async () => !(await answers(api)));
  server.kill('SIGINT');
  assert.equal((await server.ended).code, 130);
});
