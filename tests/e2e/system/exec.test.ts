import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { findProcesses } from '../../../src/processes.ts';
import { openTerminal, type Terminal } from '../../lab/terminal.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const ORCA = resolve(import.meta.dirname, '../../../cli/orca');
const SHOP = `project: shop
services:
  web: {image: orca-test/web:1, port: 8080, domain: shop.example.com, replicas: 2, deploy: {monitor: 0s}}
  idle: {image: orca-test/web:1, port: 8080, deploy: {monitor: 0s}}
`;
const lab = useCluster({
  images: ['orca-test/web:1'],
  begin: async (orca) => {
    const { code, stdout, stderr } = await orca.orca('deploy', '-f', orca.manifest('shop', SHOP));
    assert.equal(code, 0, stdout + stderr);
    assert.equal((await orca.orca('stop', 'idle')).code, 0);
  },
});

const exec = (...args: readonly string[]) => lab.orca.orca('exec', ...args);
const sh = (script: string, ...options: readonly string[]) => exec(...options, 'web', '--', 'sh', '-c', script);
const start = (...args: readonly string[]) => lab.orca.startOrca('exec', ...args);

async function collect(child: ChildProcess) {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk) => out.push(chunk));
  child.stderr?.on('data', (chunk) => err.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() };
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What runs in the containers of web, as `args` lines. */
async function processes(): Promise<string> {
  const ids = (await lab.orca.containers('web')).map((line) => line.split(' ')[0] ?? '');
  return (await Promise.all(ids.map((id) => lab.engine.docker(['top', id, '-eo', 'pid,args'])))).join('');
}

const running = (what: string) => until(`${what} to run`, async () => (await processes()).includes(what));
const gone = (what: string) => until(`${what} to be gone`, async () => !(await processes()).includes(what));

const terminals: Terminal[] = [];
after(() => {
  for (const terminal of terminals) terminal.close();
});

function onTerminal(...args: readonly string[]): Terminal {
  const argv = lab.engine.namespace.inside([ORCA, 'exec', ...args]);
  const env = { ...process.env, ORCA_API: '', ORCA_DATA: lab.orca.dir, HOME: lab.engine.dir };
  const terminal = openTerminal(argv, env, { rows: 30, cols: 100 });
  terminals.push(terminal);
  return terminal;
}

test("the streams are apart, and the exit code is the command's", async () => {
  const { code, stdout, stderr } = await sh('echo out; echo err >&2; exit 7');
  assert.deepEqual({ code, stdout, stderr }, { code: 7, stdout: 'out\n', stderr: 'err\n' });
  assert.equal((await exec('web', '--', 'true')).code, 0);
});

test('arguments arrive as they are: no shell takes them apart', async () => {
  const words = ['a b', '$HOME', '"', "it's", '*', '--json', '-x', 'ü&x=1#', ''];
  const { stdout } = await exec('web', '--', 'busybox', 'printf', '%s\\n', ...words);
  assert.equal(stdout, `${words.join('\n')}\n`);
});

test('bytes go both ways unchanged, 50 MB of them, and the end of stdin is told', async () => {
  const sent = randomBytes(50_000_000);
  const child = start('web', '--', 'cat');
  child.stdin?.end(sent);
  const { code, stdout, stderr } = await collect(child);
  assert.equal(code, 0, stderr);
  assert.equal(digest(stdout), digest(sent));
});

test('a client that does not read stops the command, and costs the server no memory', async () => {
  const child = start('web', '--', 'sh', '-c', 'head -c 300000000 /dev/zero; echo done >&2');
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${serverPid()}/status`, 'utf8'))?.[1]);
  await once(child.stdout as NonNullable<typeof child.stdout>, 'readable');
  const before = memory();
  let most = 0;
  for (let look = 0; look < 20; look += 1) {
    await new Promise((done) => setTimeout(done, 100));
    most = Math.max(most, memory() - before);
  }
  assert.ok(most < 40_000, `grown by ${most} KiB`);
  let length = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  const [code] = (await once(child, 'close')) as [number];
  assert.deepEqual([code, length], [0, 300_000_000]);
});

test('a command that does not read stops its client', async () => {
  const child = start('web', '--', 'sh', '-c', 'sleep 2; head -c 3 >/dev/null; echo read');
  child.stdin?.on('error', () => undefined);
  child.stdin?.write(randomBytes(30_000_000));
  const { code, stdout } = await collect(child);
  assert.deepEqual([code, stdout.toString()], [0, 'read\n']);
});

test('on a terminal: raw keys, its size, the new size, Ctrl-C to the command, its exit code', async () => {
  const terminal = onTerminal('web', '--', 'sh');
  await terminal.shows('# ');
  terminal.type('echo $((6*7))\r');
  await terminal.shows('42\n');
  const hasSize = (size: string) =>
    until(`the size ${size}`, async () => {
      terminal.type('busybox stty size\r');
      return terminal.screen().includes(size);
    });
  await hasSize('30 100');
  terminal.resize(41, 123);
  await hasSize('41 123');
  terminal.type('sleep 4801; echo slept\r');
  await running('sleep 4801');
  terminal.type('\u0003');
  await gone('sleep 4801');
  terminal.type('exit 9\r');
  assert.equal(await terminal.ended, 9);
  assert.doesNotMatch(terminal.screen(), /^slept$/m);
});

test('without a terminal Ctrl-C reaches the command as a signal', async () => {
  const child = start(
    'web',
    '--',
    'sh',
    '-c',
    'trap "echo caught; exit 5" INT; echo up; while true; do sleep 0.1; done',
  );
  await once(child.stdout as NonNullable<typeof child.stdout>, 'readable');
  orcaOf(child);
  const { code, stdout } = await collect(child);
  assert.deepEqual([code, stdout.toString()], [5, 'up\ncaught\n']);
});

test('a client that goes takes its command with it, with a terminal and without', async () => {
  const child = start('web', '--', 'sleep', '4802');
  await running('sleep 4802');
  child.kill('SIGKILL');
  await gone('sleep 4802');

  const terminal = onTerminal('web', '--', 'sh', '-c', 'sleep 4803; true');
  await running('sleep 4803');
  terminal.close();
  await gone('sleep 4803');

  const stubborn = start('web', '--', 'sh', '-c', 'trap "" TERM HUP; sleep 4804; sleep 4805');
  await running('sleep 4804');
  stubborn.kill('SIGKILL');
  await gone('4804; sleep 4805');
});

test('a client that goes while its command does not read is noticed, too', async () => {
  const child = start('web', '--', 'sleep', '4806');
  child.stdin?.on('error', () => undefined);
  child.stdin?.write(randomBytes(30_000_000));
  await running('sleep 4806');
  child.kill('SIGKILL');
  await gone('sleep 4806');
});

test('a task is chosen by slot, by name, by id; else one that serves', async () => {
  const byTask = new Map(
    (await lab.orca.containers('web')).map((line) => line.split(' ')).map(([id = '', name = '']) => [name, id]),
  );
  const hostname = async (...options: readonly string[]) =>
    (await exec(...options, 'web', '--', 'hostname')).stdout.trim();
  const second = await hostname('--task', '2');
  assert.match(second, /^web-2-/);
  assert.equal(await hostname('--task', 'web.2'), second);
  assert.equal(await hostname('--task', second), second);
  assert.ok(byTask.has(await hostname()));
});

test('what cannot be is refused before anything runs, with exit code 125', async () => {
  const refused = async (args: readonly string[], message: RegExp) => {
    const { code, stdout, stderr } = await exec(...args);
    assert.deepEqual([code, stdout], [125, ''], stderr);
    assert.match(stderr, message);
  };
  await refused(['wbe', '--', 'true'], /service not found: wbe/);
  await refused(['idle', '--', 'true'], /idle has no running task/);
  await refused(['web', '--task', '3', '--', 'true'], /task not found: 3/);
  await refused(['web'], /which command\?/);
  await refused(['web', '-l'], /unknown option/);
  const none = await exec('web', '--', '/none');
  assert.ok(none.code === 126 || none.code === 127, `${none.code}`);
});

test('the audit log has one line, with the program and without its arguments', async () => {
  await exec('web', '--', 'echo', 'hunter2');
  const lines = readFileSync(join(lab.orca.dir, 'audit.log'), 'utf8').trim().split('\n');
  const { actor, path, about, status, result } = JSON.parse(lines.at(-1) ?? '');
  assert.deepEqual(
    { actor, path, about, status, result },
    {
      actor: 'local',
      path: '/api/v1/services/web/exec',
      about: { program: 'echo', arguments: 1 },
      status: 101,
      result: 'begun',
    },
  );
  assert.ok(!lines.join('').includes('hunter2'));
  assert.ok(!JSON.stringify(lab.orca.serverLog()).includes('hunter2'));
});

test('a server that stops ends its sessions, says so, and leaves no command behind', async () => {
  const child = start('web', '--', 'sleep', '4807');
  await running('sleep 4807');
  const ended = collect(child);
  await lab.orca.stopServer();
  const { code, stderr } = await ended;
  assert.equal(code, 125);
  assert.match(stderr, /the server stops: the command was ended/);
  await gone('sleep 4807');
  await lab.orca.startServer();
  // It answers before it has read the engine.
  await until('the next one to run commands', async () => (await exec('web', '--', 'true')).code === 0);
});

test('a server that is killed is a lost connection: the exit code is not known', async () => {
  const child = start('web', '--', 'sleep', '4808');
  await running('sleep 4808');
  const ended = collect(child);
  lab.orca.killServer();
  const { code, stderr } = await ended;
  assert.equal(code, 125);
  assert.match(stderr, /was lost/);
  await lab.orca.startServer();
});

const serverPid = (): number => findProcesses('server', lab.orca.dir)[0]?.pid ?? 0;

/** SIGINT to the CLI itself, as a terminal would send it: the launcher runs it in its own place. */
const orcaOf = (child: ChildProcess) => child.kill('SIGINT');
