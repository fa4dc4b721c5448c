import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createCommit } from '../../../../src/controllers/commit.ts';
import { createImages } from '../../../../src/controllers/services/images.ts';
import { OrcaError } from '../../../../src/core/errors.ts';
import type { PullWish } from '../../../../src/engine/engine.ts';
import { createEngines } from '../../../../src/engine/engines.ts';
import { scriptedEngine } from '../support/engine.ts';
import { openState, revision } from '../support/shop.ts';

/** A registry that has no such image. */
async function begin(t: TestContext) {
  const state = await openState(t);
  await state.store.txn({ then: [state.cluster.put({ name: 'term', number: 1 })] });
  const clock = { at: 1_000_000_000, now: () => clock.at };
  const engine = {
    ...scriptedEngine().engine,
    hasImage: async () => false,
    pull: async () => {
      throw new OrcaError('not_found', 'no image acme/wrong');
    },
  };
  const images = createImages({
    registries: engine,
    engines: createEngines({ local: engine }),
    own: 'local',
    state,
    commit: createCommit(state, 1),
    clock,
  });
  return { images, clock };
}

test('a pull that failed is not tried again for half a minute, nor for longer when the clock is set back', async (t) => {
  const { images, clock } = await begin(t);
  await images.bring(revision(), 'local');
  assert.deepEqual(images.states(revision()).get('local'), { failed: 'no image acme/wrong' });
  clock.at += 29_000;
  assert.deepEqual(images.states(revision()).get('local'), { failed: 'no image acme/wrong' });
  clock.at += 1_000;
  assert.equal(images.states(revision()).get('local'), 'not-pulled');
  await images.bring(revision(), 'local');
  clock.at -= 3_600_000;
  assert.equal(images.states(revision()).get('local'), 'not-pulled');
});

test('a service that was purged and made anew does not inherit a pull that failed', async (t) => {
  const { images } = await begin(t);
  await images.bring(revision({ createdAt: 1 }), 'local');
  assert.equal(images.states(revision({ createdAt: 6_000 })).get('local'), undefined);
});

test('how far a pull is, is known while it is under way, and not after it', async (t) => {
  const state = await openState(t);
  await state.store.txn({ then: [state.cluster.put({ name: 'term', number: 1 })] });
  const seen: unknown[] = [];
  const engine = {
    ...scriptedEngine().engine,
    hasImage: async () => false,
    pull: async (_: unknown, { onProgress }: PullWish = {}) => {
      seen.push(images.pulling(ours).get('local'));
      onProgress?.({ done: 5, total: 20 });
      seen.push(images.pulling(ours).get('local'));
    },
  };
  const images = createImages({
    registries: engine,
    engines: createEngines({ local: engine }),
    own: 'local',
    state,
    commit: createCommit(state, 1),
    clock: { now: () => 1 },
  });
  const ours = revision({ hash: 'h', image: { ref: 'acme/web:1', digest: 'sha256:1', pinned: 'acme/web@sha256:1' } });
  await images.bring(ours, 'local');
  assert.deepEqual(seen, [{ done: 0 }, { done: 5, total: 20 }]);
  assert.equal(images.pulling(ours).size, 0);
});

test('what is known of an image is known of the node that it was brought to', async (t) => {
  const state = await openState(t);
  await state.store.txn({ then: [state.cluster.put({ name: 'term', number: 1 })] });
  const { engine } = scriptedEngine();
  const asked: string[] = [];
  const full = async () => {
    throw new OrcaError('unplaceable', 'it does not fit on the disk');
  };
  const on = (node: string, pull: () => Promise<void>) => ({
    ...engine,
    hasImage: async () => false,
    pull: () => {
      asked.push(node);
      return pull();
    },
  });
  const engines = createEngines({ local: on('local', async () => {}), b: on('b', full) });
  const clock = { now: () => 7 };
  const images = createImages({
    registries: engine,
    engines,
    own: 'local',
    state,
    commit: createCommit(state, 1),
    clock,
  });
  const ours = revision({ hash: 'h', image: { ref: 'acme/web:1', digest: 'sha256:1', pinned: 'acme/web@sha256:1' } });
  await images.bring(ours, 'local');
  await images.bring(ours, 'b');
  assert.deepEqual(asked, ['local', 'b']);
  assert.deepEqual(
    [...images.states(ours)],
    [
      ['local', 'present'],
      ['b', { failed: 'it does not fit on the disk' }],
    ],
  );
  assert.deepEqual(
    (await state.pulledImages.list()).map(({ value }) => value.node),
    [undefined, 'b'],
  );
  images.forgetNode('b');
  images.forget(ours, 'local');
  assert.equal(images.states(ours).size, 0);
});
