import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { openStore } from '../../../src/store/open.ts';
import { holdsAcknowledged, WRITES } from './faults/holds.ts';
import { strike } from './faults/struck.ts';

const FIXTURE = new URL('./fixtures/schema-1.db', import.meta.url);

/** From the creation of the file over the first commits to checkpoints and compactions. */
const POINTS: readonly string[] = [
  ...[1, 3, 4, 5, 6, 9, 11, 17, 40].map((n) => `fsync:signal=SIGKILL:when=${n}`),
  ...[2, 8, 14, 17, 20, 26, 40, 90, 250, 600].map((n) => `pwrite64:signal=SIGKILL:when=${n}`),
  'link:signal=SIGKILL:when=1',
  ...[1, 2, 3].map((n) => `unlink:signal=SIGKILL:when=${n}`),
];

suite('a store killed at any point', () => {
  for (const point of POINTS) {
    test(`opens again with all that was acknowledged (${point})`, async (t) => {
      const path = await place(t);
      const struck = await strike(path, WRITES, point);
      assert.ok(struck.killed, 'the point was never reached');
      await holdsAcknowledged(path, struck.acknowledged);
    });
  }
});

suite('a migration killed at any point', () => {
  const points = [
    ...[1, 2, 3, 4, 5, 6, 7].map((n) => `fsync:signal=SIGKILL:when=${n}`),
    ...[1, 3, 6, 9, 12, 15, 18, 21, 24].map((n) => `pwrite64:signal=SIGKILL:when=${n}`),
    'rename:signal=SIGKILL:when=1',
  ];
  for (const point of points) {
    test(`is done at the next start (${point})`, async (t) => {
      const path = await place(t);
      await copyFile(FIXTURE, path);
      const struck = await strike(path, 0, point);
      assert.ok(struck.killed, 'the point was never reached');
      const store = await openStore(`file:${path}`);
      t.after(() => store.close());
      const { revision, entries } = await store.range({ prefix: '' });
      assert.deepEqual([revision, entries.length], [8, 4]);
      assert.equal((await store.range({ prefix: '', revision: 4 })).entries.length, 3);
      const backup = await openStore(`file:${path}.schema-1.bak`);
      t.after(() => backup.close());
      assert.deepEqual(await backup.range({ prefix: '' }), { revision, entries, more: false });
    });
  }
});

suite('a disk that fails', () => {
  for (const fault of ['fsync:error=EIO:when=30', 'pwrite64:error=EIO:when=120', 'pwrite64:error=ENOSPC:when=120']) {
    test(`refuses, keeps reading, and takes writes again when it recovers (${fault})`, async (t) => {
      const path = await place(t);
      const struck = await strike(path, WRITES, fault);
      assert.ok(struck.refused.length > 0, 'nothing was refused');
      for (const line of struck.refused)
        assert.match(line, /^refused \d+ unavailable (the disk failed|no space is left)/);
      assert.ok(struck.lines.includes('read 1000'));
      assert.deepEqual(struck.lines.slice(-2), ['durable', 'closed']);
      assert.match(struck.lines.at(-3) ?? '', /^ok/);
      await holdsAcknowledged(path, struck.acknowledged);
    });
  }

  test('has its log written back and cut, after a failed sync, before the next write is acknowledged', async (t) => {
    const path = await place(t);
    const trace = { log: `${path}.trace`, calls: 'fsync,ftruncate,write' };
    await strike(path, WRITES, 'fsync:error=EIO:when=30', trace);
    const calls = (await readFile(trace.log, 'utf8')).split('\n');
    const failed = calls.findIndex((call) => /fsync.*\(INJECTED\)/.test(call));
    const later = calls.slice(failed + 1);
    const cut = later.findIndex((call) => /ftruncate\(\d+, 0\b/.test(call));
    // Writers of the commit before the failed one may be told beside it; those of the next one only after the first refusal.
    const refused = later.findIndex((call) => call.includes('write(1, "refused '));
    const acknowledged = later.findIndex((call, at) => at > refused && call.includes('write(1, "ok '));
    assert.ok(failed >= 0 && refused >= 0 && acknowledged >= 0);
    assert.ok(cut >= 0 && cut < acknowledged, `log cut at ${cut}, next acknowledgement at ${acknowledged}`);
    const synced = later.slice(0, cut).filter((call) => /fsync.*\)\s+= 0/.test(call));
    assert.ok(synced.length >= 2, 'log and database synced');
  });

  test('acknowledges nothing once syncs fail, and says so in its status', async (t) => {
    const path = await place(t);
    const struck = await strike(path, WRITES, 'fsync:error=EIO:when=30+');
    const firstRefusal = struck.lines.findIndex((line) => line.startsWith('refused'));
    assert.ok(firstRefusal > 0);
    assert.deepEqual(
      struck.lines.slice(firstRefusal).filter((line) => line.startsWith('ok')),
      [],
    );
    assert.ok(struck.lines.includes('status unavailable'));
    await holdsAcknowledged(path, struck.acknowledged);
  });
});

async function place(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'orca-crash-'));
  t.after(() => rm(directory, { recursive: true }));
  return join(directory, 'orca.db');
}
