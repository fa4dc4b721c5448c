import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, open as openFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../../../src/store/contract.ts';
import { openStore } from '../../../src/store/open.ts';
import { until } from '../../lab/until.ts';
import { inWords, putEach, take } from './place.ts';

const skip = process.getuid?.() === 0 ? false : 'mounting a small disk needs root';

test('on a full disk writes are refused, reads and watches go on, and writes work again by themselves', {
  skip,
}, async (t) => {
  const directory = await smallDisk(t);
  const store = await openStore(`file:${join(directory, 'orca.db')}`, { history: 200 });
  t.after(() => store.close());
  await putEach(store, ['a', '1']);
  const written = await exhaust(store, directory);
  await assert.rejects(putEach(store, ['k/large', 'v'.repeat(300_000)]), {
    code: 'unavailable',
    message: /no space is left/,
  });
  assert.equal((await store.get('a'))?.value, '1');
  const { revision, entries } = await store.range({ prefix: 'k/' });
  assert.deepEqual([entries.length, revision], [written, written + 1]);
  assert.deepEqual(inWords(await take(store, '', 0, 1)), ['1 +a=1']);

  await empty(directory);
  assert.ok(await until('a write to be taken', () => putEach(store, ['b', '1'])));
  await store.status();
  await putEach(store, ...Array.from({ length: 100 }, (_, n) => [`c/${n}`, 'v'.repeat(1000)] as const));
});

test('a store opens on a full disk, and writes when space returns', { skip }, async (t) => {
  const directory = await smallDisk(t);
  const path = `file:${join(directory, 'orca.db')}`;
  const before = await openStore(path);
  await putEach(before, ['a', '1']);
  await before.close();
  const filler = await fill(join(directory, 'filler'));
  const store = await openStore(path);
  t.after(() => store.close());
  assert.equal((await store.get('a'))?.value, '1');
  await assert.rejects(putEach(store, ['b', '1']), { code: 'unavailable', message: /no space is left/ });
  await rm(filler);
  assert.equal(await putEach(store, ['b', '1']), 2);
});

test('a lease that ends on a full disk takes its keys when space returns', { skip }, async (t) => {
  const directory = await smallDisk(t);
  const store = await openStore(`file:${join(directory, 'orca.db')}`);
  t.after(() => store.close());
  const lease = await store.grant(3000);
  const then = Array.from({ length: 100 }, (_, n) => ({ put: `leased/${n}`, value: 'v'.repeat(1000), lease }));
  await store.txn({ then });
  const keeping = setInterval(() => store.keepAlive(lease), 100);
  await exhaust(store, directory);
  clearInterval(keeping);
  await until(
    'the lease to be over',
    () =>
      store.keepAlive(lease).then(
        () => false,
        () => true,
      ),
    60_000,
    4500,
  );
  assert.equal((await store.range({ prefix: 'leased/' })).entries.length, 100);
  await empty(directory);
  await until('its keys to be deleted', async () => (await store.range({ prefix: 'leased/' })).entries.length === 0);
});

async function smallDisk(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'orca-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'orca-full', directory]);
  t.after(async () => {
    execFileSync('umount', ['-l', directory]);
    await rm(directory, { recursive: true });
  });
  return directory;
}

/** Takes all the space there is. */
async function fill(path: string): Promise<string> {
  const file = await openFile(path, 'w');
  const block = Buffer.alloc(65536);
  try {
    for (;;) await file.appendFile(block);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    await file.close();
  }
  return path;
}

async function empty(directory: string): Promise<void> {
  for (const name of await readdir(directory)) if (name.startsWith('filler')) await rm(join(directory, name));
}

/** Fills and writes until even the room that the store makes for itself is taken; answers how many were acknowledged. */
async function exhaust(store: Store, directory: string): Promise<number> {
  await fill(join(directory, 'filler'));
  let [written, refusals] = [0, 0];
  for (let n = 0; refusals < 5; n++) {
    const refused = await putEach(store, [`k/${String(n).padStart(5, '0')}`, 'v'.repeat(1000)]).catch((error) => error);
    if (typeof refused === 'number') {
      written += 1;
      refusals = 0;
      continue;
    }
    assert.equal(refused.code, 'unavailable');
    assert.match(refused.message, /no space is left for the store/);
    await fill(join(directory, `filler-${n}`));
    await delay(300);
    refusals += 1;
  }
  await assert.rejects(store.status(), { code: 'unavailable', message: /no space is left for the store/ });
  return written;
}
