import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createRotation } from '../../../../src/dataplane/supervisor/rotation.ts';

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-rotation-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

test('a file below the limit stays, and one that is not there is none', async (t) => {
  const path = join(directory(t), 'log');
  const rotation = createRotation({ path, limit: 3 });
  assert.equal(await rotation.check(), false);
  writeFileSync(path, 'ab');
  assert.equal(await rotation.check(), false);
});

test('as many files are kept as were asked for, the newest first', async (t) => {
  const dir = directory(t);
  const path = join(dir, 'log');
  const rotation = createRotation({ path, limit: 3, files: 3 });
  for (const text of ['one', 'two', 'three', 'four']) {
    writeFileSync(path, text);
    assert.equal(await rotation.check(), true);
  }
  assert.deepEqual(readdirSync(dir).sort(), ['log.1', 'log.2']);
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'four');
  assert.equal(readFileSync(`${path}.2`, 'utf8'), 'three');
});
