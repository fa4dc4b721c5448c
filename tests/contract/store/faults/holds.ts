import assert from 'node:assert/strict';
import { openStore } from '../../../../src/store/open.ts';
import { putEach } from '../place.ts';

/** How many keys the writer is asked to write. */
export const WRITES = 200;

/** Opens what was left, finds every acknowledged key of the writer, and can write on. */
export async function holdsAcknowledged(path: string, acknowledged: readonly number[]): Promise<void> {
  const store = await openStore(`file:${path}`);
  try {
    const { entries, revision } = await store.range({ prefix: 'k/', limit: WRITES });
    const found = new Set(entries.map(({ key }) => Number(key.slice(2))));
    const lost = acknowledged.filter((number) => !found.has(number));
    assert.deepEqual(lost, []);
    assert.equal(entries.length, revision);
    assert.equal(await putEach(store, ['after', '1']), revision + 1);
  } finally {
    await store.close();
  }
}
