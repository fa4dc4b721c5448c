import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { ExecCommand } from '../../../src/engine/exec.ts';
import type { AttachedProcess } from '../../../src/engine/process.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { until } from '../../lab/until.ts';
import { adapter, containerOf, EDGE, localImage, POOL, specOf } from './fixtures.ts';

let lab: LabEngine;
let engine: Engine;
let image: ResolvedImage;
let name: string;
let host = 1;
before(async () => {
  lab = await startEngine();
  await lab.ensureImage('orca-test/web:1');
  engine = adapter(lab);
  image = await localImage(engine, 'orca-test/web:1');
  await engine.ensureEdge(EDGE, POOL);
  name = await runTask();
});
after(() => lab?.stop());

async function runTask(): Promise<string> {
  const spec = specOf({ env: { GREETING: 'hello' }, workingDir: '/tmp', user: 'nobody' });
  const container = containerOf({ image, spec, address: `10.208.0.${++host}` });
  await engine.create(container);
  await engine.start(container.name);
  return container.name;
}

const sh = (script: string, rest: Partial<ExecCommand> = {}): ExecCommand => ({
  command: ['/bin/sh', '-c', script],
  ...rest,
});

async function read({ output }: AttachedProcess) {
  const pieces: Record<'stdout' | 'stderr', Uint8Array[]> = { stdout: [], stderr: [] };
  for await (const { stream, bytes } of output) pieces[stream].push(Buffer.from(bytes));
  return { stdout: Buffer.concat(pieces.stdout), stderr: Buffer.concat(pieces.stderr) };
}

const processes = () => lab.docker(['top', name, '-eo', 'pid,args']);

test('a command has both its streams, the exit code, and what the container is', async () => {
  const process = await engine.exec(name, sh('echo "$GREETING $PWD"; id -un >&2; exit 7'));
  const { stdout, stderr } = await read(process);
  assert.deepEqual([stdout.toString(), stderr.toString()], ['hello /tmp\n', 'nobody\n']);
  assert.equal(await process.exitCode(), 7);
});

test('stdin goes in as it is, and its end is told', async () => {
  const sent = randomBytes(5 * 1024 * 1024);
  const process = await engine.exec(name, { command: ['/bin/cat'], stdin: true });
  process.stdin.end(sent);
  const { stdout } = await read(process);
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  assert.equal(digest(stdout), digest(sent));
  assert.equal(await process.exitCode(), 0);
});

test('without stdin a command reads nothing', async () => {
  const process = await engine.exec(name, { command: ['/bin/cat'] });
  assert.equal((await read(process)).stdout.length, 0);
  assert.equal(await process.exitCode(), 0);
});

test('a terminal has the size that it is given', async () => {
  const process = await engine.exec(name, sh('read x; busybox stty size', { tty: true, stdin: true }));
  await process.resize({ rows: 33, cols: 77 });
  process.stdin.write('\n');
  assert.match((await read(process)).stdout.toString(), /33 77\r\n$/);
});

test('a program that is not there is told of in the output, with its own exit code', async () => {
  const process = await engine.exec(name, { command: ['/bin/none'] });
  const { stdout, stderr } = await read(process);
  assert.match(stdout.toString() + stderr.toString(), /\/bin\/none/);
  const code = await process.exitCode();
  assert.ok(code === 126 || code === 127, `${code}`);
});

test('a signal reaches the process and what it waits for', async () => {
  const process = await engine.exec(name, sh('echo up; sleep 4711; echo after'));
  const output = process.output[Symbol.asyncIterator]();
  await output.next();
  await process.signal('SIGTERM');
  while ((await output.next()).done !== true);
  assert.equal(await process.exitCode(), 143);
  await until('its child to end too', async () => !(await processes()).includes('sleep 4711'));
  await process.signal('SIGTERM');
});

test('the end of a process that goes on without its streams is waited for', async () => {
  const process = await engine.exec(name, sh('exec >&- 2>&-; sleep 1; exit 3'));
  await read(process);
  assert.equal(await process.exitCode(), 3);
});

test('the command of a container that goes away has an end', async () => {
  const other = await runTask();
  const process = await engine.exec(other, sh('echo up; sleep 1000'));
  const output = process.output[Symbol.asyncIterator]();
  await output.next();
  await engine.remove(other);
  while ((await output.next()).done !== true);
  assert.ok([undefined, 137].includes(await process.exitCode()));
});

test('only the running containers of the cluster run commands', async () => {
  await assert.rejects(engine.exec('web-1-none', sh('true')), { code: 'not_found' });
  await lab.docker(['run', '-d', '--init', '--name', 'stranger', 'orca-test/web:1']);
  await assert.rejects(engine.exec('stranger', sh('true')), { code: 'not_found' });
  const stopped = await runTask();
  await engine.stop(stopped, 0);
  await assert.rejects(engine.exec(stopped, sh('true')), { code: 'conflict', message: /not running/ });
});

test('to its end: the exit code, and the end of the output', async () => {
  const end = await engine.execToEnd(name, { ...sh('echo out; echo err >&2; exit 1'), limit: 30_000 });
  assert.deepEqual(
    { ...end, output: end.output.split('\n').sort() },
    {
      exitCode: 1,
      late: false,
      output: ['', 'err', 'out'],
    },
  );
  const long = await engine.execToEnd(name, { ...sh('yes | head -n 100000; echo last'), limit: 30_000, most: 10 });
  assert.deepEqual(long, { exitCode: 0, late: false, output: '\ny\ny\nlast\n' });
});

test('what takes too long is killed, with what it waits for', async () => {
  const end = await engine.execToEnd(name, { ...sh('echo begun; sleep 4712; echo after'), limit: 4000 });
  assert.deepEqual(end, { exitCode: undefined, late: true, output: 'begun\n' });
  await until('it to be gone', async () => !(await processes()).includes('sleep 4712'));
});

test('what is not waited for any more is killed', async () => {
  const stop = new AbortController();
  const ended = engine.execToEnd(name, { ...sh('sleep 4713'), limit: 60_000, signal: stop.signal });
  await until('it to run', async () => (await processes()).includes('sleep 4713'));
  stop.abort(new Error('enough'));
  await assert.rejects(ended, /enough/);
  await until('it to be gone', async () => !(await processes()).includes('sleep 4713'));
});
