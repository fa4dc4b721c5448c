import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRetention } from '../../../src/controllers/retention.ts';
import { EVENTS_PREFIX } from '../../../src/store/state.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { openState } from './support/shop.ts';

test('the newest 1000 events are kept, also those told after the clock was set back', async (t) => {
  const state = await openState(t);
  const event = (at: number, name: string) =>
    state.event({ kind: 'service', at, project: 'shop', service: 'web', name, from: undefined, to: 'x', reason: '' });
  for (let begin = 0; begin < 1_100; begin += 100) {
    const then = Array.from({ length: 100 }, (_, index) => event(2_000_000 + begin + index, `before-${begin + index}`));
    await state.store.txn({ then });
  }
  await state.store.txn({ then: [event(1_000_000, 'after')] });
  const retain = createRetention({
    images: async () => undefined,
    fileVolumes: async () => undefined,
    secrets: async () => undefined,
    files: async () => undefined,
    state,
    archive: { prune: async () => {} },
    log: createLogger({ level: 'silent' }),
  });
  await retain();
  const { entries, more } = await state.store.range({ prefix: EVENTS_PREFIX, limit: 1000 });
  assert.deepEqual([entries.length, more], [1000, false]);
  const names = entries.map(({ value }) => (JSON.parse(value) as { name: string }).name);
  assert.ok(names.includes('after') && names.includes('before-101') && !names.includes('before-100'));
});
