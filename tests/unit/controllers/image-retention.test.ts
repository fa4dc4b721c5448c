import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createCommit } from '../../../src/controllers/commit.ts';
import { createImageRetention } from '../../../src/controllers/image-retention.ts';
import { createImages } from '../../../src/controllers/services/images.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import type { Revision } from '../../../src/core/model/revision.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createEngines } from '../../../src/engine/engines.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { putService } from '../store/put-service.ts';
import { scriptedEngine } from './support/engine.ts';
import { deployment, openState, revision, service, task } from './support/shop.ts';

const pinned = (number: number) => `acme/web@sha256:${number}`;
const imageOf = (number: number) => ({ ref: 'acme/web:1', digest: `sha256:${number}`, pinned: pinned(number) });
const numbered = (number: number, rest: Partial<Revision> = {}) =>
  revision({ number, image: imageOf(number), succeededAt: 1, ...rest });
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Revisions 1 to 9 of a service, the images of all of them pulled by orca. */
async function begin(t: TestContext) {
  const state = await openState(t);
  const removed: string[] = [];
  let answer: (name: string) => Awaited<ReturnType<Engine['removeImage']>> = () => 'removed';
  const engine = {
    ...scriptedEngine().engine,
    removeImage: async (name: string) => {
      removed.push(name);
      return answer(name);
    },
  };
  const commit = createCommit(state, 1);
  const engines = createEngines({ local: engine });
  await state.store.txn({
    then: [
      state.cluster.put({ name: 'term', number: 1 }),
      ...putService(state, service({ revision: 9, stable: 9 })),
      ...range(1, 9).flatMap((number) => [
        state.revisions.put(numbered(number)),
        state.pulledImages.put({ pinned: pinned(number), at: number }),
      ]),
    ],
  });
  const log = createLogger({ level: 'silent' });
  return {
    state,
    removed,
    engines,
    pass: createImageRetention({ state, engines, own: 'local', commit, log }),
    answers: (next: typeof answer) => {
      answer = next;
    },
    /** Those that orca still counts as its own. */
    own: async () => (await state.pulledImages.list()).map(({ value }) => value.pinned).sort(),
  };
}

describe('images', () => {
  it('of the last five revisions stay; older ones that orca pulled go, once', async (t) => {
    const { pass, removed, own } = await begin(t);
    await pass();
    assert.deepEqual(removed.sort(), range(1, 4).map(pinned));
    assert.deepEqual(await own(), range(5, 9).map(pinned));
    await pass();
    assert.equal(removed.length, 4);
  });

  it('that orca did not pull stay', async (t) => {
    const { state, pass, removed } = await begin(t);
    await state.store.txn({ then: [state.pulledImages.remove({ pinned: pinned(2), at: 2 })] });
    await pass();
    assert.ok(!removed.includes(pinned(2)));
  });

  it('of the last five that succeeded stay, however many failed since', async (t) => {
    const { state, pass, removed } = await begin(t);
    const failed = range(3, 8).map((number) => state.revisions.put(numbered(number, { succeededAt: undefined })));
    await state.store.txn({ then: failed });
    await pass();
    assert.deepEqual(removed.sort(), [3, 4].map(pinned));
  });

  it('that run, or that a deployment goes back to, stay however old', async (t) => {
    const { state, pass, removed } = await begin(t);
    await state.store.txn({
      then: [
        state.tasks.put(task({ revision: 1 })),
        state.deployments.put(deployment({ from: 2, to: 9 })),
        ...putService(state, service({ revision: 9, stable: 3, deployment: 1 })),
      ],
    });
    await pass();
    assert.deepEqual(removed, [pinned(4)]);
  });

  it('that another service keeps stay', async (t) => {
    const { state, pass, removed } = await begin(t);
    await state.store.txn({
      then: [
        ...putService(state, service({ name: 'api' })),
        state.revisions.put(revision({ service: 'api', image: imageOf(1) })),
      ],
    });
    await pass();
    assert.deepEqual(removed.sort(), range(2, 4).map(pinned));
  });

  it('of a purged service go', async (t) => {
    const { state, pass, removed } = await begin(t);
    const { value } = (await state.services.get('shop', 'web')) ?? {};
    assert.ok(value);
    await state.store.txn({ then: [...state.services.remove(value), state.revisions.removeAll('shop', 'web')] });
    await pass();
    assert.deepEqual(removed.sort(), range(1, 9).map(pinned));
  });

  it('that a container uses are tried again, those with a tag and those that are gone are not', async (t) => {
    const { pass, removed, own, answers } = await begin(t);
    answers((name) => (name === pinned(1) ? 'in-use' : name === pinned(2) ? 'tagged' : 'gone'));
    await pass();
    assert.deepEqual(await own(), [1, ...range(5, 9)].map(pinned));
    answers(() => 'removed');
    await pass();
    assert.deepEqual(removed.slice(4), [pinned(1)]);
  });

  it('of which one cannot be removed keep no other from it; many are in use for ever, and all others get their turn', async (t) => {
    const { state, pass, own, answers } = await begin(t);
    const many = range(100, 130).map((number) => state.pulledImages.put({ pinned: pinned(number), at: 1 }));
    await state.store.txn({ then: many });
    answers((name) => {
      if (name === pinned(100)) throw new OrcaError('unavailable', 'docker does not answer');
      return name === pinned(4) ? 'removed' : 'in-use';
    });
    for (let n = 0; n < 4; n += 1) await pass();
    assert.ok(!(await own()).includes(pinned(4)));
  });

  it('of another node are removed there; of one that there is no way to they are left for later', async (t) => {
    const { state, pass, removed, engines } = await begin(t);
    const there: string[] = [];
    const removeImage = async (name: string) => {
      there.push(name);
      return 'removed' as const;
    };
    engines.add('b', { ...scriptedEngine().engine, removeImage });
    const on = (node: string) => state.pulledImages.put({ pinned: pinned(2), at: 2, node });
    await state.store.txn({ then: [on('b'), on('gone')] });
    await pass();
    assert.deepEqual([there, removed.length], [[pinned(2)], 4]);
    const left = (await state.pulledImages.list()).flatMap(({ value }) => value.node ?? []);
    assert.deepEqual(left, ['gone']);
  });

  it('stay, all of them, while a record cannot be read', async (t) => {
    const { state, pass, removed } = await begin(t);
    await state.store.txn({ then: [{ put: state.revisions.key('shop', 'web', 10), value: '{"v":1}' }] });
    await pass();
    assert.deepEqual(removed, []);
  });
});

describe('an image that is brought', () => {
  it('is known to be orca’s before it is pulled, unless it was there', async (t) => {
    const state = await openState(t);
    await state.store.txn({ then: [state.cluster.put({ name: 'term', number: 1 })] });
    let isThere = true;
    const known: number[] = [];
    const engine = {
      ...scriptedEngine().engine,
      hasImage: async () => isThere,
      pull: async () => void known.push((await state.pulledImages.list()).length),
    };
    const images = createImages({
      registries: engine,
      engines: createEngines({ local: engine }),
      own: 'local',
      state,
      commit: createCommit(state, 1),
      clock: { now: () => 7 },
    });
    await images.bring(revision(), 'local');
    assert.deepEqual([(await state.pulledImages.list()).length, known], [0, []]);
    isThere = false;
    await images.bring(revision(), 'local');
    assert.deepEqual(known, [1]);
    assert.deepEqual(
      (await state.pulledImages.list()).map(({ value }) => value),
      [{ pinned: 'acme/web@sha256:1', at: 7 }],
    );
  });
});
