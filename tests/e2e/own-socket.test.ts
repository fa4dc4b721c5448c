import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { MAIN } from '../lab/entries.ts';
import { until } from '../lab/until.ts';
import { cliEntry, surroundings } from '../unit/cli/run-cli.ts';
import { directory, finallyDo, freePort } from './dataplane/support/lab.ts';

const ROOT = process.getuid?.() === 0;
const SOMEBODY = 60_880;

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Env = Readonly<Record<string, string>>;

/** The CLI as it is shipped, in a process of its own, as that user. */
async function orca(args: readonly string[], env: Env = {}, uid = process.getuid?.() ?? 0): Promise<Said> {
  const entry = await cliEntry();
  chmodSync(dirname(entry), 0o755); // for the other user
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: '/',
    env: surroundings({ token: null, env }),
    stdio: ['ignore', 'pipe', 'pipe'],
    uid,
    gid: uid,
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
}

/** `orca server` without Docker or ingress. */
function launch(t: TestContext, data: string, api: number, ...more: string[]): ChildProcess {
  const flags = ['--data', data, '--api', `127.0.0.1:${api}`, '--http', 'off', '--docker', 'unix:///nowhere', ...more];
  const child = spawn(process.execPath, [MAIN, 'server', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  finallyDo(t, () => {
    spawnSync(process.execPath, [MAIN, 'server', '--stop', '--all', '--data', data], { stdio: 'ignore' });
    child.kill('SIGKILL');
  });
  return child;
}

async function startServer(t: TestContext, data: string, api: number): Promise<ChildProcess> {
  const child = launch(t, data, api);
  await until('the server to answer', async () => (await orca(['status', '--data', data])).code === 0);
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await once(child, 'exit');
}

/** Answers every request like an orca server, and keeps all that it is sent. */
async function impostor(t: TestContext, address: number | string, uid = SOMEBODY): Promise<() => string> {
  const script = `
    const at = process.argv[1];
    require('net').createServer((socket) => {
      socket.on('data', (chunk) => process.stdout.write(chunk)).on('error', () => {});
      socket.end('HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: 2\\r\\n\\r\\n{}');
    }).listen(/^\\d+$/.test(at) ? { port: Number(at), host: '127.0.0.1' } : at, () => process.stderr.write('up'));`;
  const child = spawn(process.execPath, ['-e', script, String(address)], {
    ...(ROOT ? { uid, gid: uid } : {}),
    cwd: '/',
  });
  finallyDo(t, () => child.kill('SIGKILL'));
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    heard += chunk;
  });
  await once(child.stderr, 'data');
  return () => heard;
}

/** A folder in which others may stand, and DIR in it. */
function place(t: TestContext): { dir: string; data: string } {
  const dir = directory(t);
  chmodSync(dir, 0o755);
  return { dir, data: join(dir, 'data') };
}

test('the CLI on the machine is let in by the socket alone; another user is not, and is told what to do', async (t) => {
  const { data } = place(t);
  await startServer(t, data, await freePort());
  const own = await orca(['status', '--json'], { ORCA_DATA: data });
  assert.equal(own.code, 0, own.stderr);
  const { mode } = statSync(join(data, 'orca.sock'));
  assert.equal(mode & 0o777, 0o600);
  if (!ROOT) return;
  const other = await orca(['status'], { ORCA_DATA: data }, SOMEBODY);
  assert.equal(other.code, 9);
  assert.equal(
    other.stderr,
    `error: permission denied on ${data}/orca.sock\nhint: run as its owner, or set ORCA_API and ORCA_TOKEN\n`,
  );
});

test('with the server down, who listens on its port is asked nothing, and the CLI says how to start it', async (t) => {
  const { data } = place(t);
  const port = await freePort();
  await end(await startServer(t, data, port), 'SIGTERM');
  assert.ok(!existsSync(join(data, 'orca.sock')), 'the socket goes with the server');
  const heard = await impostor(t, port);
  for (const verb of [['status'], ['ps'], ['scale', 'web=2'], ['events']]) {
    const { code, stderr } = await orca(verb, { ORCA_DATA: data });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: the server does not run: nothing listens on \S+\/orca\.sock\nhint: start it with `orca server --data /,
    );
  }
  assert.equal(heard(), '');
});

test('ORCA_API=http://127.0.0.1:ANY gets no byte of a token that is not for it', async (t) => {
  const { dir, data } = place(t);
  await end(await startServer(t, data, await freePort()), 'SIGKILL');
  const token = readFileSync(join(data, 'admin.token'), 'utf8').trim();
  const port = await freePort();
  const heard = await impostor(t, port);
  mkdirSync(join(dir, '.config/orca'), { recursive: true });
  const api = `http://127.0.0.1:${port}`;
  const home = { ORCA_DATA: data, HOME: dir };
  await orca(['status'], { ...home, ORCA_API: api });
  await orca(['status', '--data', data, '--api', api], home);
  await orca(['status', '--api', api], { ...home, ORCA_TOKEN: token });
  await orca(['status', '--api', api], { ...home, ORCA_API: 'http://127.0.0.1:1', ORCA_TOKEN: token });
  await until('it to be asked each time', () => heard().match(/^GET .*?\r\n\r\n/gms)?.length === 4);
  assert.doesNotMatch(heard(), /authorization/i);
  assert.ok(!heard().includes(token));
  await orca(['status'], { ...home, ORCA_API: api, ORCA_TOKEN: token });
  await until('the one that is configured for it to be sent', () => heard().includes(`Bearer ${token}`));
});

test("another user's socket is not spoken to, nor one where others could put theirs", { skip: !ROOT }, async (t) => {
  const { dir } = place(t);
  const [theirs, open] = [join(dir, 'theirs'), join(dir, 'open')];
  for (const folder of [theirs, open]) mkdirSync(folder);
  chownSync(theirs, SOMEBODY, SOMEBODY);
  chmodSync(open, 0o1777);
  const [first, second] = [await impostor(t, join(theirs, 'orca.sock')), await impostor(t, join(open, 'orca.sock'))];
  for (const data of [theirs, open]) {
    const { code, stderr } = await orca(['status', '--data', data]);
    assert.equal(code, 9, stderr);
    assert.match(stderr, /^error: the socket \S+ is not used: /);
  }
  assert.equal(first() + second(), '');
});

test('a server that was killed leaves a socket that the next one replaces; a second server is refused', async (t) => {
  const { dir, data } = place(t);
  await end(await startServer(t, data, await freePort()), 'SIGKILL');
  assert.ok(existsSync(join(data, 'orca.sock')));
  assert.match((await orca(['status', '--data', data])).stderr, /^error: the server does not run: /);
  await startServer(t, data, await freePort());
  const refused = async (...more: string[]) => {
    const second = launch(t, data, await freePort(), ...more);
    const [said, [code]] = await Promise.all([second.stderr ? text(second.stderr) : '', once(second, 'exit')]);
    return { code, said };
  };
  const store = await refused('--store', `file:${dir}/other.db`);
  assert.deepEqual(
    [store.code, store.said.split('\n')[0]],
    [8, `orca: another orca server answers on ${data}/orca.sock`],
  );
  assert.equal((await refused()).code, 8);
  assert.equal((await orca(['status', '--data', data])).code, 0, 'the first is as it was');
});

test('too long a path for the socket is refused before anything is made', async (t) => {
  const data = join(directory(t), 'x'.repeat(120));
  const child = launch(t, data, await freePort());
  const [said, [code]] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'exit')]);
  assert.equal(code, 1);
  assert.match(
    said,
    /^orca: the path of the API's socket, "\S+", has \d+ bytes, and a socket's may have 107\nhint: choose/,
  );
  assert.ok(!existsSync(data));
});

test('the CLI speaks to a server by ORCA_API=unix: as well', async (t) => {
  const { data } = place(t);
  await startServer(t, data, await freePort());
  const { code, stdout, stderr } = await orca(['version'], { ORCA_API: `unix://${data}/orca.sock` });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^server +\d+\.\d+\.\d+ +unix:\/\/\S+\/orca\.sock$/m);
});
