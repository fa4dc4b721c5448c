import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Table } from '../../../../src/core/route/table.ts';
import { createTableFile } from '../../../../src/dataplane/supervisor/table-file.ts';

const table = (revision: number): Table => ({
  id: { cluster: 'c', term: 1, revision },
  pools: [],
  routes: [],
  targets: [],
});

function path(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-table-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'table.json');
}

test('a saved table is read back, and before the first there is none', async (t) => {
  const file = createTableFile(path(t));
  assert.equal(file.read(), undefined);
  await file.save(table(1));
  assert.deepEqual(file.read(), table(1));
});

test('of tables saved at once the last is kept', async (t) => {
  const file = createTableFile(path(t));
  await Promise.all([file.save(table(1)), file.save(table(2)), file.save(table(3))]);
  assert.deepEqual(file.read(), table(3));
});

test('a table that cannot be written is an error, and the next one is tried again', async (t) => {
  const where = path(t);
  const file = createTableFile(join(where, 'table.json'));
  await assert.rejects(file.save(table(1)), /ENOENT/);
  await assert.rejects(file.save(table(2)), /ENOENT/);
});

test('a flipped bit anywhere, a cut file and an empty one are told and not used', async (t) => {
  const where = path(t);
  const file = createTableFile(where);
  await file.save(table(7));
  const good = readFileSync(where);
  for (let at = 0; at < good.length; at += 1) {
    const bad = Buffer.from(good);
    bad[at] = (bad[at] ?? 0) ^ 1;
    writeFileSync(where, bad);
    assert.match(String(file.read()), /damaged/, `bit flipped in byte ${at}`);
  }
  writeFileSync(where, good);
  truncateSync(where, good.length - 1);
  assert.match(String(file.read()), /damaged/);
  writeFileSync(where, '');
  assert.match(String(file.read()), /damaged/);
});

const written = (where: string, content: object): void => {
  const body = JSON.stringify(content);
  writeFileSync(where, `${createHash('sha256').update(body).digest('hex')}\n${body}`);
};

test('a table that an earlier data plane left is read, one of a later is told and not used', (t) => {
  const where = path(t);
  const file = createTableFile(where);
  const { pools: _, ...old } = table(4);
  const shares = [{ weight: 1, targets: [] }];
  written(where, {
    ...old,
    routes: [{ host: 'a.test', path: '/', stripPrefix: false, service: 'p/web', pools: shares }],
  });
  assert.deepEqual(file.read(), {
    ...table(4),
    pools: [{ name: 'p/web', service: 'p/web', shares }],
    routes: [{ host: 'a.test', path: '/', stripPrefix: false, pool: 'p/web' }],
  });
  written(where, { v: 3, ...table(4) });
  assert.match(String(file.read()), /another version/);
});
