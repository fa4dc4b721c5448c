import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { until } from '../lab/until.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

describe('the bundle, alone in a folder', () => {
  let folder: string;
  let began: number;
  const file = (name: string): string => join(folder, 'dist', name);
  const node = async (name: string, ...args: string[]): Promise<string> =>
    (await run(process.execPath, [file(name), ...args], { timeout: 30_000 })).stdout;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'orca-bundle-'));
    began = Date.now() - 1000; // dates of files are coarser
    await run(process.execPath, [join(root, 'scripts/build.ts')], { timeout: 120_000 });
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true }));

  it('runs the CLI, and tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.equal(await node('cli.js', 'version', '--client'), `client  ${version}\n`);
  });

  it('runs server and data plane, and stops them by their data folder', async () => {
    const data = join(folder, 'data');
    const api = await freePort();
    const server = startServer(file('main.js'), data, api);
    try {
      await until('the API to answer', async () => (await ask(api, '/api/v1/health'))?.status === 200);
      await until('a data plane to run', () => existsSync(join(data, 'ingress')));
      const token = readFileSync(join(data, 'admin.token'), 'utf8').trim();
      const status = await ask(api, '/api/v1/status', token);
      assert.match((await status?.text()) ?? '', /"services":\[\]/);
      assert.match(typeOf(status), /^application\/json/);
      assert.match(typeOf(await ask(api, '/metrics')), /^text\/plain/);
      assert.match(typeOf(await ask(api, '/api/v1/events', token)), /^text\/event-stream/);
    } finally {
      const said = await node('main.js', 'server', '--stop', '--all', '--data', data);
      assert.match(said, /^stopped the server of .*\nstopped the data plane of .*\n$/);
      if (server.exitCode === null) await once(server, 'exit');
    }
    assert.equal(server.exitCode, 0);
  });

  it('is text of one byte a character, as V8 keeps it in memory', () => {
    const built = readdirSync(join(root, 'dist')).filter(
      (name) => name.endsWith('.js') && statSync(join(root, 'dist', name)).mtimeMs >= began,
    );
    const wide = built.filter((name) => readFileSync(join(root, 'dist', name)).some((byte) => byte > 127));
    assert.ok(built.includes('main.js'), String(built));
    assert.deepEqual(wide, []);
  });

  it('refuses settings that are not valid, with exit code 1 and every problem', async () => {
    const failure = await run(process.execPath, [file('main.js'), 'server', '--htp', 'x', '--api', 'y']).then(
      () => assert.fail('was not refused'),
      (error) => error as { code: number; stderr: string },
    );
    assert.equal(failure.code, 1);
    assert.match(failure.stderr, /--htp: not known; did you mean --http\?\n {2}--api: expected an address/);
  });
});

/** Without Docker: the server says so, and works for all else. */
const startServer = (main: string, data: string, api: number): ChildProcess =>
  spawn(
    process.execPath,
    [
      ...[main, 'server', '--data', data, '--api', `127.0.0.1:${api}`, '--http', '127.0.0.1:0'],
      ...['--docker', `unix://${data}/no.sock`, '--log-level', 'error'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );

const ask = async (port: number, path: string, token?: string): Promise<Response | undefined> => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(`http://127.0.0.1:${port}${path}`, { headers, signal: AbortSignal.timeout(30_000) }).catch(
    () => undefined,
  );
};

const typeOf = (response: Response | undefined): string => response?.headers.get('content-type') ?? '';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
};
