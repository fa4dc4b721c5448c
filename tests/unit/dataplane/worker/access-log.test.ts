import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
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

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i += 1) {
    assert.ok(i < 500, 'not within 5 s');
    await sleep(10);
  }
}

test('lines are written in order, soon and on close', async (t) => {
  const where = path(t);
  const log = createAccessLog({ path: where, delay: 1, onLost: () => assert.fail() });
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
  const log = createAccessLog({ path: where, limit: 10, delay: 1, onLost: (count) => (lost += count) });
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
  const log = createAccessLog({ path: where, delay: 1, onLost: () => assert.fail() });
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
