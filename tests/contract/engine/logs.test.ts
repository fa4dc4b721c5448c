import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LABEL } from '../../../src/core/model/container.ts';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import type { Engine, LogLine, LogQuery } from '../../../src/engine/engine.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { until } from '../../lab/until.ts';
import { adapter, containerOf, EDGE, localImage, POOL, specOf } from './fixtures.ts';

let lab: LabEngine;
let engine: Engine;
let image: ResolvedImage;
let host = 1;
before(async () => {
  lab = await startEngine();
  await lab.ensureImage('orca-test/web:1');
  engine = adapter(lab);
  image = await localImage(engine, 'orca-test/web:1');
  await engine.ensureEdge(EDGE, POOL);
});
after(() => lab?.stop());

/** Runs a shell script as a task; gives its name. */
async function runScript(script: string, logging = { maxSize: 100 * 1024 * 1024, maxFiles: 1 }): Promise<string> {
  const spec = specOf({ command: ['/bin/sh', '-c', script], restart: 'never', logging });
  const container = containerOf({ image, spec, address: `10.208.0.${++host}` });
  await engine.create(container);
  await engine.start(container.name);
  return container.name;
}

const ended = (name: string) => until('its end', async () => (await engine.inspect(name))?.state === 'exited');

async function read(name: string, query: LogQuery = {}): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of engine.logs(name, query)) lines.push(line);
  return lines;
}

const texts = (lines: readonly LogLine[]): string[] => lines.map(({ text }) => text);

test('lines come oldest first, with their stream and time', async () => {
  const name = await runScript('echo one; sleep 1; echo two >&2; sleep 1; echo "drei ü"');
  await ended(name);
  const lines = await read(name);
  assert.deepEqual(
    lines.map(({ stream, text }) => [stream, text]),
    [
      ['stdout', 'one'],
      ['stderr', 'two'],
      ['stdout', 'drei ü'],
    ],
  );
  for (const { at } of lines) assert.ok(Math.abs(at - Date.now()) < 60_000);
  assert.deepEqual(texts(await read(name, { tail: 1 })), ['drei ü']);
  assert.deepEqual(texts(await read(name, { tail: 0 })), []);
  assert.deepEqual(texts(await read(name, { since: (lines[1]?.at ?? 0) - 200 })), ['two', 'drei ü']);
});

test('following goes on until the container ends', async () => {
  const name = await runScript('echo a; sleep 1; echo b');
  assert.deepEqual(texts(await read(name, { follow: true })), ['a', 'b']);
});

test('following ends when it is aborted, and when the reader leaves', async () => {
  const name = await runScript('echo a; sleep 1000');
  const abort = new AbortController();
  const found: string[] = [];
  for await (const { text } of engine.logs(name, { follow: true, signal: abort.signal })) {
    found.push(text);
    abort.abort();
  }
  for await (const { text } of engine.logs(name, { follow: true })) {
    found.push(text);
    break;
  }
  assert.deepEqual(found, ['a', 'a']);
  assert.deepEqual(await read(name, { signal: AbortSignal.abort() }), []);
  await engine.remove(name);
});

test('a long line comes in pieces', async () => {
  const name = await runScript('head -c 50000 /dev/zero | busybox tr "\\000" x; echo; echo end');
  await ended(name);
  const lines = await read(name);
  assert.equal(texts(lines).join('').length, 50_003);
  assert.ok(lines.length >= 4 && lines.every(({ text }) => text.length <= 16_384 + 40));
  assert.equal(lines.at(-1)?.text, 'end');
});

test('a terminal has one stream of plain lines', async () => {
  const labels = ['--label', `${LABEL.cluster}=c1`];
  await lab.docker([
    'run',
    '-dt',
    '--name',
    'tty',
    ...labels,
    'orca-test/web:1',
    '/bin/sh',
    '-c',
    'echo one; echo two >&2',
  ]);
  await ended('tty');
  assert.deepEqual(
    (await read('tty')).map(({ stream, text }) => [stream, text]),
    [
      ['stdout', 'one'],
      ['stdout', 'two'],
    ],
  );
});

test('a reader that is stuck does not grow memory, and loses nothing', async () => {
  const name = await runScript(`yes ${'x'.repeat(100)} | head -n 300000; echo last`);
  await ended(name);
  const lines = engine.logs(name, {})[Symbol.asyncIterator]();
  await lines.next();
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 10; i += 1) await delay(100);
  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < 16 * 1024 * 1024, `grown by ${grown} bytes`);
  let count = 1;
  let last = '';
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    count += 1;
    last = next.value.text;
  }
  assert.equal(count, 300_001);
  assert.equal(last, 'last');
});

test("the log of what is gone, or another's, is not found", async () => {
  await assert.rejects(read('web-1-none'), { code: 'not_found', message: /web-1-none/ });
  await lab.docker(['run', '-d', '--init', '--name', 'stranger', 'orca-test/web:1']);
  await assert.rejects(read('stranger'), { code: 'not_found' });
});

test('an engine that goes away while a log is followed is an error, not an end', async () => {
  const name = await runScript('echo a; sleep 1000');
  const lines = engine.logs(name, { follow: true })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value.text, 'a');
  const next = lines.next();
  const failed = assert.rejects(next, { code: 'unavailable' });
  await lab.killEngine();
  await failed;
});
