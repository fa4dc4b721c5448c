import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pack } from 'tar-stream';
import type { PullProgress } from '../../../src/core/model/pull-progress.ts';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import { connect, type EngineWay } from '../../../src/engine/connection.ts';
import { createEngine } from '../../../src/engine/docker.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createNodeDocker } from '../../../src/engine/node-docker.ts';
import type { AttachedProcess } from '../../../src/engine/process.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { until } from '../../lab/until.ts';
import { connectPair, type Pair } from '../../lab/wire.ts';
import { containerOf, EDGE, localImage, POOL, specOf } from './fixtures.ts';

/** A real engine, of which only its node's end of the wire knows the socket. */
let lab: LabEngine;
let pair: Pair;
let way: EngineWay;
let engine: Engine;
let image: ResolvedImage;
let name: string;
let host = 1;
/** Signals that the node was asked for. */
const sent: { container: string; signal: string }[] = [];
before(async () => {
  lab = await startEngine();
  const docker = createNodeDocker(lab.socket, 'c1');
  await lab.ensureImage('orca-test/web:1');
  pair = await connectPair({
    node: { targets: { docker: lab.socket } },
    answer: {
      signal: ({ container, pid, signal }) => {
        sent.push({ container, signal });
        return docker.signal({ container, pid }, signal);
      },
    },
  });
  way = {
    name: () => 'node "w1"',
    dial: (which) => pair.wire.connect('docker', which),
    signal: (process, signal) => pair.wire.signal({ ...process, signal }),
  };
  engine = createEngine({ docker: way, cluster: 'c1', machineSubnets: async () => [] });
  image = await localImage(engine, 'orca-test/web:1');
  await engine.ensureEdge(EDGE, POOL);
  name = await runScript('exec sleep 100000');
});
after(async () => {
  await pair?.close();
  await lab?.stop();
});

async function runScript(script: string): Promise<string> {
  const spec = specOf({ command: ['/bin/sh', '-c', script], restart: 'never' });
  const container = containerOf({ image, spec, address: `10.208.0.${++host}` });
  await engine.create(container);
  await engine.start(container.name);
  return container.name;
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function outputOf({ output }: AttachedProcess): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const { bytes } of output) pieces.push(Buffer.from(bytes));
  return Buffer.concat(pieces);
}

test('the engine describes itself, lists and tells of changes', async () => {
  assert.equal((await engine.info()).id, (await lab.docker(['info', '--format', '{{.ID}}'])).trim());
  assert.ok((await engine.list()).some((one) => one.name === name));
  const stop = new AbortController();
  const seen: string[] = [];
  const ready = Promise.withResolvers<void>();
  const onEvent = (changed: string) => void seen.push(changed);
  engine.watch({ onEvent, onReset: ready.resolve, onDown: () => undefined }, stop.signal);
  await ready.promise;
  const other = await runScript('true');
  await until('its events', () => seen.includes(other));
  stop.abort();
});

test('a command has a terminal of its size, and what is typed comes back', async () => {
  const process = await engine.exec(name, { command: ['/bin/sh'], tty: true, stdin: true });
  await process.resize({ rows: 33, cols: 77 });
  process.stdin.write('busybox stty size; exit 5\n');
  assert.match((await outputOf(process)).toString(), /33 77\r\n/);
  assert.equal(await process.exitCode(), 5);
});

test('a command is sent signals by its node, and no process of another cluster is', async () => {
  const process = await engine.exec(name, { command: ['/bin/sh', '-c', 'echo up; exec sleep 100000'] });
  const output = process.output[Symbol.asyncIterator]();
  await output.next();
  await process.signal('SIGTERM');
  assert.equal(await process.exitCode(), 143);
  assert.deepEqual(
    sent.map(({ signal }) => signal),
    ['SIGTERM'],
  );

  const other = createNodeDocker(lab.socket, 'c2');
  const container = sent[0]?.container ?? '';
  const pid = Number(await lab.docker(['inspect', '--format', '{{.State.Pid}}', container]));
  await assert.rejects(other.signal({ container, pid }, 'SIGKILL'), { code: 'not_found' });
  const own = createNodeDocker(lab.socket, 'c1');
  await assert.rejects(own.signal({ container, pid }, 'SIGSTOP'), { code: 'invalid' });
  await assert.rejects(own.signal({ container, pid: 1 }, 'SIGKILL'), { code: 'unavailable' });
  assert.ok((await engine.inspect(name))?.state === 'running');
});

test('stdin goes in as it is, and its end is told; the output has an end of its own', async () => {
  const sent = randomBytes(5 * 1024 * 1024);
  const process = await engine.exec(name, { command: ['/bin/cat'], stdin: true });
  process.stdin.end(sent);
  assert.equal(digest(await outputOf(process)), digest(sent));
  assert.equal(await process.exitCode(), 0);
});

test('an attached process is heard from its first byte', async () => {
  const spec = specOf({ command: ['/bin/sh', '-c', 'read x; echo "got $x"'], restart: 'never' });
  const container = { ...containerOf({ image, spec, address: `10.208.0.${++host}` }), attach: { tty: false } };
  await engine.create(container);
  const process = await engine.attach(container.name, false);
  await engine.start(container.name);
  process.stdin.end('hello\n');
  assert.equal((await outputOf(process)).toString(), 'got hello\n');
  assert.equal(await process.exitCode(), 0);
});

test('a log is followed until it is given up', async () => {
  const task = await runScript('echo a; yes 0123456789 | head -n 100000; echo last; exec sleep 100000');
  const stop = new AbortController();
  let count = 0;
  for await (const { text } of engine.logs(task, { follow: true, signal: stop.signal })) {
    count += 1;
    if (text === 'last') stop.abort();
  }
  assert.equal(count, 100_002);
});

test('files go in and come out as they are', async () => {
  const content = randomBytes(20 * 1024 * 1024);
  const archive = pack();
  archive.entry({ name: 'big' }, content);
  archive.finalize();
  await engine.writeArchive(name, '/tmp', Readable.from(archive));
  const { output } = await engine.execToEnd(name, { command: ['/bin/sh', '-c', 'sha256sum /tmp/big'], limit: 60_000 });
  assert.equal(output.split(' ')[0], digest(content));
  const { bytes } = await engine.readArchive(name, '/tmp/big');
  const read = await buffer(Readable.from(bytes));
  assert.equal(digest(read.subarray(512, 512 + content.length)), digest(content));
});

test('an image is pulled, and its progress told; another is loaded', async () => {
  const registry = await lab.startRegistry();
  await registry.push('orca-test/web:1', 'shop/web:1');
  const { image: pulled } = await engine.resolve(`${registry.host}/shop/web:1`, 'always');
  assert.ok(pulled);
  const progress: PullProgress[] = [];
  await engine.pull(pulled, { onProgress: (one) => progress.push(one) });
  assert.ok(await engine.hasImage(pulled));
  assert.ok(progress.length > 0);

  const file = join(lab.dir, 'image.tar');
  await lab.docker(['tag', 'orca-test/web:1', 'orca-test/loaded:1']);
  await lab.docker(['save', '--output', file, 'orca-test/loaded:1']);
  await lab.docker(['rmi', 'orca-test/loaded:1']);
  const { patient } = connect(way);
  assert.match(
    await text((await patient.loadImage(createReadStream(file))) as Readable),
    /Loaded image: orca-test\/loaded:1/,
  );
  await lab.docker(['image', 'inspect', 'orca-test/loaded:1']);
});

test('a terminal answers while everything else is full', async () => {
  const process = await engine.exec(name, { command: ['/bin/cat'], tty: true, stdin: true });
  const flood = await engine.exec(name, { command: ['/bin/cat', '/dev/zero'] });
  const upload = await engine.exec(name, { command: ['/bin/sh', '-c', 'exec cat > /dev/null'], stdin: true });
  const stop = new AbortController();
  const full = (async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    while (!stop.signal.aborted) {
      if (!upload.stdin.write(chunk)) await new Promise((resolve) => upload.stdin.once('drain', resolve));
      await delay(0);
    }
  })();
  // Nobody reads the flood: it fills its window, and stays so.
  const typed = process.output[Symbol.asyncIterator]();
  for (const word of ['one', 'two', 'three']) {
    process.stdin.write(`${word}\n`);
    for (let heard = ''; !heard.includes(`${word}\r\n${word}\r\n`); )
      heard += Buffer.from((await typed.next()).value?.bytes ?? '');
  }
  assert.ok((await engine.list()).length > 0);
  stop.abort();
  await full;
  for (const one of [process, flood, upload]) one.close();
});

test('calls that are given up by the thousand end nothing', async () => {
  const isUp = pair.wire.isUp();
  for (let round = 0; round < 20; round += 1) {
    const stop = new AbortController();
    const calls = Array.from({ length: 100 }, () => engine.stats(name, stop.signal));
    await delay(0);
    stop.abort();
    await Promise.allSettled(calls);
  }
  assert.ok((await engine.list()).some((one) => one.name === name));
  assert.deepEqual([isUp, pair.told.length], [true, 1]);
});

test('an engine that is away, and a node that is away, are told apart, with the node', async () => {
  const away = { ...way, dial: (which: 'quick' | 'patient') => pair.wire.connect('ingress', which) };
  const other = createEngine({ docker: away, cluster: 'c1' });
  await assert.rejects(other.info(), { code: 'unavailable', message: /^node ".*" does not reach its data plane/ });
  const problem = (): Promise<string> => engine.list().then(String, (error: Error) => error.message);
  await lab.stopEngine();
  await until('it to be known', async () =>
    /^node ".*" does not reach its docker: .*(ENOENT|ECONNREFUSED)/.test(await problem()),
  );
  await pair.dialer.close();
  await assert.rejects(engine.list(), { code: 'unavailable', message: /^node ".*" is not connected: / });
});
