import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemembered } from '../../../src/api/observing/remembered.ts';

test('what was read is told again until its time is over, and read once however many ask', async () => {
  let [now, reads] = [0, 0];
  const read = createRemembered(
    async () => ++reads,
    1000,
    () => now,
  );
  assert.deepEqual(await Promise.all([read(), read()]), [1, 1]);
  now = 999;
  assert.equal(await read(), 1);
  now = 1000;
  assert.equal(await read(), 2);
});

test('what could not be read is read again', async () => {
  let fails = true;
  const read = createRemembered(
    async () => {
      if (fails) throw new Error('no');
      return 'yes';
    },
    1000,
    () => 0,
  );
  await assert.rejects(read());
  fails = false;
  assert.equal(await read(), 'yes');
});
