import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAccessLog } from '../../../../src/dataplane/worker/access-log.ts';

function path(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-access-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'access.log');
}

const unexpected = (): never => assert.fail();

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i += 1) {
    assert.ok(i < 500, 'not within 5 s');
    await sleep(10);
  }
}

test('lines are written in order, soon and on close', async (t) => {
  const where = path(t);
  const log = createAccessLog({ path: where, delay: 1, onLost: unexpected, onTrouble: unexpected });
  log.write('{"n":1}');
  log.write('{"n":2}');
  await until(() => readFileSync(where, 'utf8') === '{"n":1}\n{"n":2}\n');
  log.write('{"n":3}');
  log.close();
  assert.equal(readFileSync(where, 'utf8'), '{"n":1}\n{"n":2}\n{"n":3}\n');
});

test('past the limit lines are dropped, and their number is told', async (t) => {
  const where = path(t);
  let lost = 0;
  const log = createAccessLog({
    path: where,
    limit: 10,
    delay: 1,
    onLost: (count) => (lost += count),
    onTrouble: unexpected,
  });
  log.write('123456');
  log.write('7890');
  log.write('x');
  await until(() => lost > 0);
  assert.equal(lost, 1);
  assert.equal(readFileSync(where, 'utf8'), '123456\nx\n');
  log.close();
});

test('after a rotation it goes on in a new file, and no line is lost', async (t) => {
  const where = path(t);
  const log = createAccessLog({ path: where, delay: 1, onLost: unexpected, onTrouble: unexpected });
  log.write('old');
  await until(() => readFileSync(where, 'utf8') !== '');
  renameSync(where, `${where}.1`);
  log.write('between');
  log.reopen();
  log.write('new');
  await until(() => existsSync(where) && readFileSync(where, 'utf8').includes('new'));
  log.close();
  assert.equal(readFileSync(`${where}.1`, 'utf8') + readFileSync(where, 'utf8'), 'old\nbetween\nnew\n');
});

/** A log that notes what it tells. */
function noting(where: string, tellEvery = 10_000) {
  const lost: number[] = [];
  const trouble: (string | undefined)[] = [];
  const log = createAccessLog({
    path: where,
    delay: 1,
    tellEvery,
    onLost: (count) => lost.push(count),
    onTrouble: (error) => trouble.push(error),
  });
  return { log, lost, trouble };
}

test('a file that cannot be opened is told once and tried again, and what was to be written meanwhile is lost', async (t) => {
  const where = path(t);
  mkdirSync(where);
  const { log, lost, trouble } = noting(where, 1);
  for (const count of [1, 2, 3]) {
    log.write('{}');
    await until(() => lost.length === count);
  }
  assert.deepEqual(lost, [1, 1, 1]);
  assert.equal(trouble.length, 1);
  assert.match(trouble[0] ?? '', /EISDIR/);
  rmdirSync(where);
  log.write('kept');
  await until(() => existsSync(where) && readFileSync(where, 'utf8') === 'kept\n');
  assert.deepEqual([lost.length, trouble.length, trouble[1]], [3, 2, undefined]);
  log.close();
});

test('after a rotation it goes on in the old file until there can be a new one', async (t) => {
  const where = path(t);
  const { log, lost, trouble } = noting(where);
  log.write('old');
  await until(() => readFileSync(where, 'utf8') !== '');
  renameSync(where, `${where}.1`);
  mkdirSync(where);
  log.reopen();
  log.write('between');
  await until(() => readFileSync(`${where}.1`, 'utf8') === 'old\nbetween\n');
  assert.equal(trouble.length, 1);
  rmdirSync(where);
  log.write('still');
  await until(() => existsSync(where));
  log.write('new');
  await until(() => readFileSync(where, 'utf8') === 'new\n');
  log.close();
  assert.equal(readFileSync(`${where}.1`, 'utf8'), 'old\nbetween\nstill\n');
  assert.deepEqual([lost, trouble.length, trouble[1]], [[], 2, undefined]);
});

test('losses are told together, not one by one', async (t) => {
  const where = path(t);
  mkdirSync(where);
  const { log, lost } = noting(where, 300);
  log.write('{}');
  await until(() => lost.length === 1);
  for (let i = 0; i < 5; i += 1) {
    log.write('{}');
    await sleep(5); // So that each is a batch of its own: that they are told as one is what is tested.
  }
  await until(() => lost.reduce((a, b) => a + b) === 6);
  assert.ok(lost.length < 4, `told ${lost.length} times`);
  log.close();
});

test('a log that could not be opened is closed', (t) => {
  const where = path(t);
  mkdirSync(where);
  const { log } = noting(where);
  log.write('{}');
  log.close();
});
