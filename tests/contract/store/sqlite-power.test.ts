import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, suite, test } from 'node:test';
import fc from 'fast-check';
import { openStore } from '../../../src/store/open.ts';
import { often } from '../../lab/often.ts';
import { Disk } from './faults/disk.ts';
import { holdsAcknowledged, WRITES } from './faults/holds.ts';
import { type Call, record } from './faults/recording.ts';

const FIXTURE = new URL('./fixtures/schema-1.db', import.meta.url);
const folder = await mkdtemp(join(tmpdir(), 'orca-power-'));
after(() => rm(folder, { recursive: true }));

suite('a machine whose power is cut', () => {
  test('has every acknowledged write when it comes back, wherever it was cut', async () => {
    const path = join(folder, 'written.db');
    const calls = await record({ path, count: WRITES });
    assert.equal(calls.filter(({ kind }) => kind === 'acknowledged').length, WRITES);
    await cutAnywhere({ calls, path, runs: often(30, 'ORCA_TEST_RUNS') }, holdsAcknowledged);
  });

  test('also after a sync failed, and the kernel dropped what it had not written', async () => {
    const path = join(folder, 'failed.db');
    const calls = await record({ path, count: WRITES, fault: 'fsync:error=EIO:when=30' });
    const failed = calls.findIndex((call) => call.kind === 'sync' && call.failed);
    assert.ok(failed > 0, 'no sync failed');
    await cutAnywhere({ calls, path, from: failed, runs: often(15, 'ORCA_TEST_RUNS') }, holdsAcknowledged);
  });

  test('has its file migrated by the next start, and a whole backup of what it was', async () => {
    const path = join(folder, 'migrated.db');
    await copyFile(FIXTURE, path);
    const before = new Map([[path, await readFile(path)]]);
    const calls = await record({ path, count: 0 });
    await cutAnywhere({ calls, path, before, runs: often(15, 'ORCA_TEST_RUNS') }, async (cut) => {
      await holds(cut, 4, 8);
      await holds(`${cut}.schema-1.bak`, 4, 8);
    });
  });
});

interface Cuts {
  readonly calls: readonly Call[];
  readonly path: string;
  /** The first call after which power may be cut. */
  readonly from?: number;
  /** Durable before the first call. */
  readonly before?: ReadonlyMap<string, Buffer>;
  readonly runs: number;
}

type Look = (path: string, acknowledged: readonly number[]) => Promise<void>;

/** Replays the calls up to one of them on a disk that throws dice for what was not synced, and looks at what is left. */
async function cutAnywhere({ calls, path, from = 0, before = new Map(), runs }: Cuts, look: Look): Promise<void> {
  const dice = fc.array(fc.constantFrom(0, 0, 0.3, 0.7, 1, 1), { minLength: 1, maxLength: 97 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: from, max: calls.length }), dice, async (count, thrown) => {
      let next = 0;
      const disk = new Disk(before, () => thrown[next++ % thrown.length] ?? 0);
      for (const call of calls.slice(0, count)) disk.apply(call);
      const directory = await mkdtemp(join(folder, 'cut-'));
      for (const [name, content] of disk.afterCut()) await writeFile(join(directory, basename(name)), content);
      const told = calls.slice(0, count).flatMap((call) => (call.kind === 'acknowledged' ? [call.number] : []));
      await look(join(directory, basename(path)), told);
      await rm(directory, { recursive: true });
    }),
    { numRuns: runs },
  );
}

async function holds(path: string, keys: number, at: number): Promise<void> {
  const store = await openStore(`file:${path}`);
  try {
    const { entries, revision } = await store.range({ prefix: '' });
    assert.deepEqual([entries.length, revision], [keys, at]);
  } finally {
    await store.close();
  }
}
