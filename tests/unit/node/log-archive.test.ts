import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { LogLine, LogQuery } from '../../../src/engine/engine.ts';
import { createLogArchive, type LogArchive } from '../../../src/node/log-archive.ts';

let root: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), 'orca-logs-'));
});
after(() => rmSync(root, { recursive: true }));

let count = 0;
const freshDir = (): string => join(root, `archive-${++count}`);
const clock = { now: () => 1_000_000_000_000 };

async function* lines(from: number, to: number): AsyncGenerator<LogLine> {
  for (let at = from; at < to; at += 1)
    yield { at, stream: at % 2 === 0 ? 'stdout' : 'stderr', text: `line ${at} "é"` };
}

async function read(archive: LogArchive, task: string, query: LogQuery = {}): Promise<number[]> {
  const found: number[] = [];
  for await (const line of archive.read(task, query)) found.push(line.at);
  return found;
}

test('a kept log is read back as it was', async () => {
  const archive = createLogArchive({ dir: freshDir(), clock });
  await archive.keep('web-1-a', lines(0, 5));
  const found: LogLine[] = [];
  for await (const line of archive.read('web-1-a', {})) found.push(line);
  const written: LogLine[] = [];
  for await (const line of lines(0, 5)) written.push(line);
  assert.deepEqual(found, written);
});

test('a segment is read in pieces, wherever they are cut', async () => {
  const archive = createLogArchive({ dir: freshDir(), clock });
  const written: LogLine[] = Array.from({ length: 300 }, (_, at) => ({
    at,
    stream: 'stdout',
    text: `${'🙂\u2028'.repeat(at)}\r`,
  }));
  await archive.keep('web-1-a', Readable.from(written));
  const found: LogLine[] = [];
  for await (const line of archive.read('web-1-a', {})) found.push(line);
  assert.deepEqual(found, written);
});

test('tail and since choose the last lines', async () => {
  const archive = createLogArchive({ dir: freshDir(), clock, limits: { segment: 50 } });
  await archive.keep('web-1-a', lines(0, 9));
  assert.deepEqual(await read(archive, 'web-1-a', { tail: 3 }), [6, 7, 8]);
  assert.deepEqual(await read(archive, 'web-1-a', { tail: 0 }), []);
  assert.deepEqual(await read(archive, 'web-1-a', { tail: 100 }), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(await read(archive, 'web-1-a', { since: 5 }), [5, 6, 7, 8]);
  assert.deepEqual(await read(archive, 'web-1-a', { since: 5, tail: 2 }), [7, 8]);
});

test('of a long log the end is kept, in a bounded number of segments', async () => {
  const dir = freshDir();
  const archive = createLogArchive({ dir, clock, limits: { segment: 1000 } });
  await archive.keep('web-1-a', lines(0, 2000));
  assert.equal(readdirSync(join(dir, 'web-1-a')).length, 10);
  const kept = await read(archive, 'web-1-a');
  assert.equal(kept.at(-1), 1999);
  assert.ok(kept.length > 200 && kept.length < 500);
});

test('a task that is not kept has no lines', async () => {
  assert.deepEqual(await read(createLogArchive({ dir: freshDir(), clock }), 'web-1-a'), []);
});

test('a log that fails on the way leaves the older copy', async () => {
  const archive = createLogArchive({ dir: freshDir(), clock });
  await archive.keep('web-1-a', lines(0, 3));
  async function* failing(): AsyncGenerator<LogLine> {
    yield* lines(10, 12);
    throw new Error('engine away');
  }
  await assert.rejects(archive.keep('web-1-a', failing()), /engine away/);
  assert.deepEqual(await read(archive, 'web-1-a'), [0, 1, 2]);
});

test('a draft that a crash left is no log, and keeping again replaces it', async () => {
  const dir = freshDir();
  const archive = createLogArchive({ dir, clock });
  await mkdir(join(dir, 'web-1-a.draft'), { recursive: true });
  await writeFile(join(dir, 'web-1-a.draft', '000000000'), '[1,"stdout","half a l');
  assert.deepEqual(await read(archive, 'web-1-a'), []);
  await archive.keep('web-1-a', lines(0, 2));
  assert.deepEqual(await read(archive, 'web-1-a'), [0, 1]);
  assert.deepEqual(readdirSync(dir), ['web-1-a']);
});

test('pruning removes what is too old, then the oldest until the rest fits', async () => {
  const dir = freshDir();
  const limits = { age: 1000, total: 700 };
  for (const [task, at] of [
    ['old', 0],
    ['a', 2000],
    ['b', 2100],
    ['c', 2200],
  ] as const) {
    await createLogArchive({ dir, clock: { now: () => at }, limits }).keep(task, lines(0, 10));
  }
  await createLogArchive({ dir, clock: { now: () => 2300 }, limits }).prune();
  assert.deepEqual(readdirSync(dir).sort(), ['b', 'c']);
});

test('pruning an archive that was never used does nothing', async () => {
  const dir = freshDir();
  await createLogArchive({ dir, clock }).prune();
  assert.equal(existsSync(dir), false);
});

test('a task id that is no file name is refused', async () => {
  const archive = createLogArchive({ dir: freshDir(), clock });
  for (const task of ['../etc', 'a/b', '', '.', 'a.draft']) {
    await assert.rejects(archive.keep(task, lines(0, 1)), { code: 'invalid' });
  }
});

test('kept logs are listed with what they take, drafts are not; one is removed by its task', async () => {
  const dir = freshDir();
  const archive = createLogArchive({ dir, clock: { now: () => 5_000 } });
  assert.deepEqual(await archive.list(), []);
  for (const task of ['a', 'b']) await archive.keep(task, lines(0, 10));
  mkdirSync(join(dir, 'c.draft'));
  const listed = (await archive.list()).toSorted((one, other) => (one.task < other.task ? -1 : 1));
  assert.deepEqual(
    listed.map(({ task, at }) => [task, at]),
    [
      ['a', 5_000],
      ['b', 5_000],
    ],
  );
  for (const { task, bytes } of listed) assert.equal(bytes, statSync(join(dir, task, '000000000')).size);
  await archive.remove('a');
  await archive.remove('a');
  assert.deepEqual(
    (await archive.list()).map(({ task }) => task),
    ['b'],
  );
  await assert.rejects(archive.remove('../b'), { code: 'invalid' });
});
