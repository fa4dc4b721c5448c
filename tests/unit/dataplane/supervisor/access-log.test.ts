import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAccessLog } from '../../../../src/dataplane/supervisor/access-log.ts';

function path(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-access-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'access.log');
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i += 1) {
    assert.ok(i < 18_000, 'not within 180 s');
    await sleep(10);
  }
}

const asRoot = { skip: process.getuid?.() !== 0 };
const text = (where: string): string => (existsSync(where) ? readFileSync(where, 'utf8') : '');

/** A log that notes what it tells, and two workers. */
function setUp(where: string, limit?: number, most?: number) {
  const lost: number[] = [];
  const trouble: (string | undefined)[] = [];
  const found: string[] = [];
  const log = createAccessLog({
    path: where,
    ...(limit === undefined ? {} : { limit }),
    ...(most === undefined ? {} : { most }),
    onLost: (count) => lost.push(count),
    onTrouble: (error) => trouble.push(error),
    onFound: (what) => found.push(what),
  });
  log.open();
  const [one, two] = [new PassThrough(), new PassThrough()];
  for (const worker of [one, two]) log.follow(worker);
  const close = async (): Promise<void> => {
    one.end();
    two.end();
    await log.close();
  };
  return { log, one, two, lost, trouble, found, close };
}

test('lines of several workers come whole into one file, however they arrive', async (t) => {
  const where = path(t);
  const { one, two, lost, trouble, close } = setUp(where);
  for (const part of ['{"a"', ':1}\n{"a":', '2}\n']) {
    one.write(part);
    two.write(part.replaceAll('a', 'b'));
    await until(() => one.readableLength + two.readableLength === 0);
  }
  one.write('never ended');
  await close();
  assert.deepEqual(text(where).split('\n').sort(), ['', '{"a":1}', '{"a":2}', '{"b":1}', '{"b":2}']);
  assert.deepEqual([lost, trouble], [[], []]);
});

test('a worker that ends no line fills no memory', async (t) => {
  const where = path(t);
  const { one, two, lost, close } = setUp(where, 100);
  for (let i = 0; i < 50; i += 1) one.write('x'.repeat(10));
  one.write('\nnext\n');
  two.write('other\n');
  await close();
  assert.deepEqual(text(where).split('\n').sort(), ['', 'next', 'other']);
  assert.deepEqual(lost, [1]);
});

test('after a rotation it goes on in a new file, and no line is lost', async (t) => {
  const where = path(t);
  const { log, one, lost, close } = setUp(where);
  one.write('old\n');
  await until(() => text(where) !== '');
  renameSync(where, `${where}.1`);
  one.write('between\n');
  await until(() => text(`${where}.1`).includes('between'));
  log.open();
  one.write('new\n');
  await close();
  assert.deepEqual([text(`${where}.1`), text(where), lost], ['old\nbetween\n', 'new\n', []]);
});

test('a file that cannot be opened is told once and tried again, and what was to be written meanwhile is lost', async (t) => {
  const where = join(path(t), 'missing', 'access.log');
  const { one, lost, trouble, close } = setUp(where);
  for (const count of [1, 2]) {
    one.write('{}\n{}\n');
    await until(() => lost.length === count);
  }
  assert.deepEqual([lost, trouble.length], [[2, 2], 1]);
  assert.match(trouble[0] ?? '', /ENOENT/);
  mkdirSync(join(where, '..'), { recursive: true });
  one.write('kept\n');
  await until(() => text(where) === 'kept\n');
  assert.deepEqual([lost.length, trouble.length, trouble[1]], [2, 2, undefined]);
  await close();
});

test('a worker that floods the log fills no disk: what is too much is lost until the log is rotated or emptied', async (t) => {
  const where = path(t);
  const { log, one, lost, close } = setUp(where, undefined, 1000);
  const flood = async () => {
    const before = lost.length;
    for (let i = 0; i < 50; i += 1) one.write(`${'x'.repeat(99)}\n`);
    await until(() => lost.length > before);
  };
  await flood();
  assert.ok(text(where).length <= 1000, String(text(where).length));
  renameSync(where, `${where}.1`);
  log.open();
  one.write('rotated\n');
  await until(() => text(where) === 'rotated\n');
  await flood();
  truncateSync(where);
  one.write('emptied\n');
  await until(() => text(where).endsWith('emptied\n'));
  await close();
});

test('after a rotation it goes on in the old file until there can be a new one', async (t) => {
  const where = join(path(t), 'access.log');
  const folder = join(where, '..');
  mkdirSync(folder);
  const { log, one, lost, trouble, close } = setUp(where);
  renameSync(folder, `${folder}.1`);
  log.open();
  one.write('between\n');
  await until(() => text(join(`${folder}.1`, 'access.log')) === 'between\n');
  assert.equal(trouble.length, 1);
  mkdirSync(folder);
  one.write('new\n');
  await until(() => text(where) === 'new\n');
  assert.deepEqual([lost, trouble.length, trouble[1]], [[], 2, undefined]);
  await close();
});

test('where no file can be lines are lost and counted, and nobody waits', async () => {
  const { one, lost, found, close } = setUp('/proc/self/nothing/access.log');
  for (let i = 0; i < 100; i += 1) one.write(`${'x'.repeat(60_000)}\n`);
  await close();
  assert.equal(
    lost.reduce((a, b) => a + b, 0),
    100,
  );
  assert.deepEqual(found, []);
});

test('whatever lies in its place is not written through', async (t) => {
  for (const plant of [
    (where: string, precious: string) => symlinkSync(precious, where),
    (where: string) => execFileSync('mkfifo', [where]),
    (where: string) => mkdirSync(join(where, 'full'), { recursive: true }),
  ]) {
    const where = path(t);
    const precious = `${where}-precious`;
    writeFileSync(precious, 'precious');
    plant(where, precious);
    const { one, found, close } = setUp(where);
    one.write('mine\n');
    await close();
    assert.ok(lstatSync(where).isFile());
    assert.deepEqual([text(where), text(precious), found.length], ['mine\n', 'precious', 1]);
  }
});

test('on a full disk lines are lost and counted, and written again once there is room', asRoot, async (t) => {
  const where = join(path(t), '..', 'small', 'access.log');
  const disk = join(where, '..');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  try {
    const { one, lost, trouble, close } = setUp(where);
    for (let i = 0; i < 100; i += 1) one.write(`${'x'.repeat(10_000)}\n`);
    await until(() => one.readableLength === 0 && lost.length > 0);
    const told = lost.length;
    truncateSync(where);
    one.write('room\n');
    await close();
    assert.match(text(where), /room\n$/);
    assert.ok(told > 0);
    assert.deepEqual(trouble, [], 'the file is open all the while');
  } finally {
    execFileSync('umount', ['--lazy', disk]);
  }
});
