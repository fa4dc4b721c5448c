import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { Entry } from '../../../src/store/contract.ts';
import { openStore, type StoreOptions } from '../../../src/store/open.ts';
import { SCHEMA } from '../../../src/store/sqlite/schema.ts';
import { openSession } from '../../../src/store/sqlite/session.ts';
import { putEach } from './place.ts';

const FIXTURE = new URL('./fixtures/schema-1.db', import.meta.url);

suite('the file of the sqlite store', () => {
  test('a missing file is created, readable by its owner alone', async (t) => {
    const path = await missing(t);
    await putEach(await open(t, path), ['a', '1']);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual((await readdir(join(path, '..'))).toSorted(), ['orca.db', 'orca.db-wal']);
  });

  const broken: readonly (readonly [string, Buffer])[] = [
    ['an empty file', Buffer.alloc(0)],
    ['garbage', Buffer.from('no database at all. '.repeat(500))],
    ['zeros', Buffer.alloc(8192)],
  ];
  for (const [name, content] of broken) {
    test(`${name} is refused and stays as it is`, async (t) => {
      const path = await missing(t);
      await writeFile(path, content);
      await assert.rejects(open(t, path), { code: 'unavailable', message: /orca\.db is not an orca store/ });
      assert.deepEqual(await readFile(path), content);
    });
  }

  test("another program's database is refused", async (t) => {
    const path = await missing(t);
    edit(path, 'CREATE TABLE users (id INTEGER)');
    await assert.rejects(open(t, path), { code: 'unavailable', message: /another program wrote it/ });
  });

  test('a newer schema is refused with both numbers', async (t) => {
    const path = await written(t, ['a', '1']);
    edit(path, `PRAGMA user_version = ${SCHEMA + 1}`);
    await assert.rejects(open(t, path), { code: 'unavailable', message: /has schema 3, this orca knows 1 to 2/ });
  });

  test('a truncated file is refused', async (t) => {
    const path = await written(t, ['a', 'v'.repeat(20_000)]);
    await writeFile(path, (await readFile(path)).subarray(0, -4096));
    await assert.rejects(open(t, path), { code: 'unavailable', message: /is damaged/ });
  });

  test('a log without its file is refused, not replayed into a new one', async (t) => {
    const path = await missing(t);
    await writeFile(`${path}-wal`, 'log');
    await assert.rejects(open(t, path), { code: 'unavailable', message: /is missing, but its log/ });
  });

  test('a directory that is missing is said', async (t) => {
    const path = join(await missing(t), 'orca.db');
    await assert.rejects(open(t, path), { code: 'unavailable', message: /cannot be created: .*no such file/i });
  });

  test('a bit flipped in a row is refused with its key', async (t) => {
    const path = await written(
      t,
      ['services/shop/web', '{"image":"nginx"}'],
      ['services/shop/api', '{"image":"caddy"}'],
    );
    const bytes = await readFile(path);
    const at = bytes.lastIndexOf('caddy');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(path, bytes);
    const told = {
      code: 'unavailable',
      message: /services\/shop\/api is damaged/,
      details: { key: 'services/shop/api' },
    };
    await assert.rejects(open(t, path), told);
  });

  test('with any bit flipped the store is refused or whole', async (t) => {
    const path = await written(t, ...Array.from({ length: 40 }, (_, n) => [`key/${n % 30}`, `value ${n}`] as const));
    const [good, expected] = [await readFile(path), contentOf(path)];
    const refused = [];
    for (let at = 7; at < good.length; at += 61) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(path, bytes);
      const found = contentOf(path);
      if (found === 'refused') refused.push(at);
      else assert.deepEqual(found, expected, `bit ${at % 8} of byte ${at}`);
    }
    assert.ok(refused.length > 20, `${refused.length} flips refused`);
  });

  test('a second opener is refused, in this process and in another', async (t) => {
    const path = await missing(t);
    const store = await open(t, path);
    await assert.rejects(open(t, path), { code: 'conflict', message: /in use by another orca server/ });
    const program = `import { openStore } from ${JSON.stringify(OPEN)};
      await openStore('file:${path}').catch((error) => { console.log(error.code, error.message); });`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    assert.match(stdout, /^conflict the store .*orca\.db is in use by another orca server/);
    assert.equal(await putEach(store, ['a', '1']), 1);
  });

  test('writes are refused while the file is away, and go on when it is back', async (t) => {
    const path = await missing(t);
    const store = await open(t, path);
    await putEach(store, ['a', '1']);
    await rename(path, `${path}.away`);
    await assert.rejects(putEach(store, ['a', '2']), { code: 'unavailable', message: /removed or replaced/ });
    await assert.rejects(store.status(), { code: 'unavailable' });
    assert.equal((await store.get('a'))?.value, '1');
    await rename(`${path}.away`, path);
    assert.equal(await putEach(store, ['a', '2']), 2);
  });

  test('calls beyond the queue are refused, and the others done', async (t) => {
    const store = await open(t, await missing(t), { calls: 10 });
    const made = await Promise.allSettled(Array.from({ length: 30 }, (_, n) => putEach(store, [`k/${n}`, ''])));
    const refused = made.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    assert.equal(refused.length, 20);
    for (const reason of refused) assert.equal(reason.code, 'unavailable');
    assert.equal((await store.range({ prefix: '' })).entries.length, 10);
  });

  test('bytes beyond the queue are refused', async (t) => {
    const store = await open(t, await missing(t), { bytes: 1000 });
    const first = putEach(store, ['large', 'v'.repeat(5000)]);
    await assert.rejects(putEach(store, ['a', '1']), { code: 'unavailable', message: /takes no more/ });
    assert.equal(await first, 1);
    assert.equal(await putEach(store, ['a', '1']), 2);
  });
});

suite('the URL of a store', () => {
  for (const url of ['etcd://127.0.0.1:2379', 'redis://127.0.0.1']) {
    test(`${url} is not yet supported`, () => assert.rejects(openStore(url), { code: 'not_yet_supported' }));
  }
  for (const url of ['', 'orca.db', 'file:orca.db', 'file:', 'http://x/', 'file:/tmp/']) {
    test(`${JSON.stringify(url)} is no store`, () => assert.rejects(openStore(url), { code: 'invalid' }));
  }
});

suite('migration', () => {
  test('a file of schema 1 is migrated after a backup, with all it held', async (t) => {
    const path = await missing(t);
    await copyFile(FIXTURE, path);
    const store = await open(t, path);
    assert.equal(store.epoch, '16d0da33-5e0b-4281-ac80-abd30e2034be');
    assert.deepEqual((await store.range({ prefix: '' })).entries, LIVE_IN_FIXTURE);
    const { revision, compacted } = await store.status();
    assert.deepEqual([revision, compacted], [8, 4]);
    assert.equal((await store.range({ prefix: '', revision: 5 })).entries.length, 3);
    assert.deepEqual(rowsOf(`${path}.schema-1.bak`), rowsOf(await copyOfFixture(t)));
    assert.equal((await stat(`${path}.schema-1.bak`)).mode & 0o777, 0o600);
  });

  test('a damaged file of schema 1 is not migrated', async (t) => {
    const path = await missing(t);
    const bytes = await readFile(FIXTURE);
    bytes.fill(0, 4096 * 2, 4096 * 2 + 64);
    await writeFile(path, bytes);
    await assert.rejects(open(t, path), { code: 'unavailable', message: /damaged/ });
    assert.deepEqual(
      (await readdir(join(path, '..'))).filter((name) => name.includes('bak')),
      [],
    );
  });
});

const OPEN = new URL('../../../src/store/open.ts', import.meta.url).href;

async function missing(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'orca-store-'));
  t.after(() => rm(directory, { recursive: true }));
  return join(directory, 'orca.db');
}

async function open(t: TestContext, path: string, options?: StoreOptions) {
  const store = await openStore(`file:${path}`, options);
  t.after(() => store.close());
  return store;
}

async function written(t: TestContext, ...pairs: readonly (readonly [string, string])[]): Promise<string> {
  const path = await missing(t);
  const store = await openStore(`file:${path}`);
  await putEach(store, ...pairs).finally(() => store.close());
  return path;
}

function edit(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

/** What is live and what is in the history, or that the file is refused; anything else is thrown. */
function contentOf(path: string): unknown {
  try {
    const session = openSession(path);
    const all = { low: '', high: undefined };
    const content = [session.revision, [...session.tables.page(all, false)], [...session.tables.changesAfter(0, '')]];
    session.db.close();
    return content;
  } catch (error) {
    if ((error as { code?: string }).code === 'unavailable') return 'refused';
    throw error;
  }
}

async function copyOfFixture(t: TestContext): Promise<string> {
  const path = await missing(t);
  await copyFile(FIXTURE, path);
  return path;
}

function rowsOf(path: string): unknown {
  const db = new DatabaseSync(path);
  const tables = ['meta', 'changes', 'live'].map((table) => db.prepare(`SELECT * FROM ${table} ORDER BY 1`).all());
  const version = db.prepare('PRAGMA user_version').get();
  db.close();
  return [version, ...tables];
}

const LIVE_IN_FIXTURE: readonly Entry[] = [
  {
    key: 'cluster/deployment',
    value: '{"name":"deployment","number":5}',
    createRevision: 2,
    modRevision: 6,
    version: 5,
  },
  { key: 'services/shop/web', value: '{"name":"web"}', createRevision: 1, modRevision: 1, version: 1 },
  { key: 'tasks/shop/web/b', value: '{"id":"b","state":"ended"}', createRevision: 7, modRevision: 8, version: 2 },
  { key: 'tasks/shop/web/größe-🐋', value: '{"id":"größe-🐋"}', createRevision: 7, modRevision: 7, version: 1 },
];
