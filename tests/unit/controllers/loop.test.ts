import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLoop } from '../../../src/controllers/loop.ts';

test('what is noticed while a pass gathers is answered by that pass', async () => {
  const ending = new AbortController();
  const { promise: gathered, resolve: go } = Promise.withResolvers<void>();
  const passes: string[] = [];
  const loop = createLoop({
    clock: { now: () => 0 },
    gather: () => gathered,
    onError: (_, error) => assert.fail(String(error)),
    reconcile: async (key) => {
      passes.push(key);
      if (key === 'last') ending.abort();
      return undefined;
    },
  });
  loop.notice('web');
  const run = loop.run(ending.signal);
  for (let i = 0; i < 5; i += 1) loop.notice('web');
  loop.notice('last');
  assert.deepEqual(passes, []);
  go();
  await run;
  assert.deepEqual(passes, ['web', 'last']);
});
