import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Status } from '../../src/contract/status.ts';
import { MAIN } from '../lab/entries.ts';
import { until } from '../lab/until.ts';
import { directory, finallyDo, freePort } from './dataplane/support/lab.ts';

type Line = Readonly<Record<string, unknown>>;

interface Server {
  /** What it has logged so far. */
  lines(): readonly Line[];
  /** SIGTERM; the data plane runs on. */
  stop(): Promise<void>;
}

/** `orca server` on a folder, without Docker unless something listens on DIR/docker.sock. */
async function startServer(t: TestContext, dir: string, flags: readonly string[]): Promise<Server> {
  const args = [MAIN, 'server', '--data', dir, '--docker', `unix://${dir}/docker.sock`, ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  finallyDo(t, () => stopAll(dir));
  const server: Server = {
    lines: () => text.split('\n').filter(Boolean).map(parse),
    stop: () => end(child),
  };
  await until('the server to be up', () => find(server, 'the server is up').length > 0);
  return server;
}

const parse = (line: string): Line => JSON.parse(line) as Line;
const find = (server: Server, msg: string): readonly Line[] => server.lines().filter((line) => line['msg'] === msg);

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function stopAll(dir: string): Promise<void> {
  const stopping = spawn(process.execPath, [MAIN, 'server', '--stop', '--all', '--data', dir], { stdio: 'ignore' });
  await once(stopping, 'exit');
}

/** As much of a Docker Engine as says that it is there, with no containers. */
async function startDocker(t: TestContext, socket: string): Promise<void> {
  const answers: Readonly<Record<string, unknown>> = {
    '/version': { Version: '28.3.0', ApiVersion: '1.51' },
    '/v1.51/containers/json': [],
  };
  const server = createServer(({ url = '' }, response) => {
    const path = url.split('?')[0] ?? '';
    response.setHeader('content-type', 'application/json');
    if (path.endsWith('/events')) return response.flushHeaders();
    if (answers[path] === undefined) response.statusCode = 404;
    return response.end(JSON.stringify(answers[path] ?? { message: 'not here' }));
  });
  await new Promise<void>((done) => server.listen(socket, done));
  finallyDo(t, () => {
    server.closeAllConnections();
    server.close();
  });
}

test('a server that starts while Docker is away warns once, with the socket and what to do, and says when it is back', async (t) => {
  const dir = directory(t);
  const server = await startServer(t, dir, ['--api', `127.0.0.1:${await freePort()}`, '--http', 'off']);
  const [warning] = await until('the warning', () => warned(server));
  const why = `docker does not answer at unix://${dir}/docker.sock: is it running?`;
  assert.equal(warning?.['msg'], `the engine cannot be read: ${why}`);
  assert.match(JSON.stringify(warning), /"hint":"start docker, or name its socket with --docker"/);
  await startDocker(t, join(dir, 'docker.sock'));
  await until('the return', () => find(server, 'the engine is read').length > 0);
  assert.equal(warned(server)?.length, 1);
});

const warned = (server: Server): readonly Line[] | undefined => {
  const lines = server.lines().filter(({ msg }) => String(msg).startsWith('the engine cannot be read'));
  return lines.length > 0 ? lines : undefined;
};

test('a server that starts with other settings than its running data plane says which stay in force, in its log and in status', async (t) => {
  const dir = directory(t);
  const [api, before, after] = [await freePort(), await freePort(), await freePort()];
  const first = await startServer(t, dir, ['--api', `127.0.0.1:${api}`, '--http', `127.0.0.1:${before}`]);
  await until('a data plane', () => find(first, 'connected to the data plane').length > 0);
  assert.deepEqual(find(first, STALE), []);
  await first.stop();

  const flags = ['--api', `127.0.0.1:${api}`, '--http', `127.0.0.1:${after}`, '--limits-body', '1Mi'];
  const second = await startServer(t, dir, flags);
  const [warning] = await until('the warning', () =>
    find(second, STALE).length > 0 ? find(second, STALE) : undefined,
  );
  const differences = `http is "127.0.0.1:${before}", not "127.0.0.1:${after}"; limits.body is "none", not "1Mi"`;
  assert.equal(warning?.['settings'], differences);
  assert.match(String(warning?.['hint']), /`orca server --stop --all`, then start/);
  const { warnings, http_port } = await status(dir, api);
  assert.ok(warnings.some((text) => text.includes(differences)));
  assert.equal(http_port, before, 'URLs are told with the port that answers');
  await second.stop();
  await stopAll(dir);

  const third = await startServer(t, dir, flags);
  await until('a data plane', () => find(third, 'connected to the data plane').length > 0);
  assert.deepEqual(find(third, STALE), []);
});

test('why there is no data plane is told in status too', async (t) => {
  const dir = directory(t);
  const [api, http] = [await freePort(), await freePort()];
  const holder = createServer().listen(http, '127.0.0.1');
  await once(holder, 'listening');
  t.after(() => holder.close());
  await startServer(t, dir, ['--api', `127.0.0.1:${api}`, '--http', `127.0.0.1:${http}`]);
  const why = await until('the reason', async () =>
    (await status(dir, api)).warnings.find((text) => text.startsWith('why no data plane')),
  );
  assert.match(why, new RegExp(`:${http}\\b`));
});

const STALE = 'the data plane goes on with the settings it was started with';

async function status(dir: string, api: number): Promise<Pick<Status, 'warnings' | 'http_port'>> {
  const authorization = `Bearer ${readFileSync(join(dir, 'admin.token'), 'utf8').trim()}`;
  const answer = await fetch(`http://127.0.0.1:${api}/api/v1/status`, { headers: { authorization } });
  return (await answer.json()) as Status;
}
