import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPullProgress } from '../../../src/engine/pull-progress.ts';

const layer = (letter: string, size: number) => ({ digest: `sha256:${letter.repeat(64)}`, size });
const id = (letter: string) => letter.repeat(12);
const downloading = (letter: string, current: number, total: number) => ({
  status: 'Downloading',
  id: id(letter),
  progressDetail: { current, total },
});

test('what each layer tells is added up; the whole is known once all have told', () => {
  const take = createPullProgress();
  assert.deepEqual(take({ status: 'Pulling from acme/web', id: '1' }), { done: 0 });
  take({ status: 'Pulling fs layer', id: id('a') });
  take({ status: 'Pulling fs layer', id: id('b') });
  assert.deepEqual(take(downloading('a', 10, 100)), { done: 10 });
  assert.deepEqual(take(downloading('b', 5, 50)), { done: 15, total: 150 });
  assert.deepEqual(take({ status: 'Download complete', id: id('b') }), { done: 60, total: 150 });
  assert.deepEqual(take({ ...downloading('b', 1, 9999), status: 'Extracting' }), { done: 60, total: 150 });
  assert.deepEqual(take({ status: 'Pull complete', id: id('a') }), { done: 150, total: 150 });
  assert.deepEqual(take({ status: 'Digest: sha256:0' }), { done: 150, total: 150 });
});

test('with the layers known before, the whole is known at once, and what is there already does not count', () => {
  const take = createPullProgress([layer('a', 100), layer('b', 50)]);
  assert.deepEqual(take({ status: 'Pulling from acme/web', id: 'latest' }), { done: 0, total: 150 });
  assert.deepEqual(take({ status: 'Already exists', id: id('a') }), { done: 0, total: 50 });
  assert.deepEqual(take(downloading('b', 20, 50)), { done: 20, total: 50 });
});

test('layers that never end are not all remembered', () => {
  const take = createPullProgress();
  for (let at = 0; at < 5_000; at += 1)
    take({ status: 'Downloading', id: at.toString(16).padStart(12, '0'), progressDetail: { current: 1, total: 2 } });
  assert.deepEqual(take({}), { done: 1_000, total: 2_000 });
});
