import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pack } from 'tar-stream';
import { readTar } from '../../../../src/client/archive/read-tar.ts';
import { type Owner, ownerHeader, ownerOf } from '../../../../src/core/copy/owner-header.ts';

const IDS = [0, 999, 0o777777, 0o777777 + 1, 300_000, 0o7777777 + 1, 999_999_999, 2 ** 32 - 2];

test('owners are read from an archive as they were written, however large their numbers', async () => {
  const archive = pack();
  for (const [at, uid] of IDS.entries())
    archive.entry({ name: `${at}`, ...ownerHeader({ uid, gid: IDS.at(-1 - at) ?? 0 }) }, 'x');
  archive.finalize();
  const found: Owner[] = [];
  await readTar(archive, async (entry) => void found.push(ownerOf(entry)));
  assert.deepEqual(
    found,
    IDS.map((uid, at) => ({ uid, gid: IDS.at(-1 - at) ?? 0 })),
  );
});
