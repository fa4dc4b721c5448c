import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createCommit } from '../../../../src/controllers/commit.ts';
import { createWithVolumes } from '../../../../src/controllers/services/volumes.ts';
import { OrcaError } from '../../../../src/core/errors.ts';
import type { KnownVolume } from '../../../../src/core/model/known-volume.ts';
import type { VolumeSpec } from '../../../../src/core/model/volume.ts';
import { createEngines } from '../../../../src/engine/engines.ts';
import type { EngineVolumes } from '../../../../src/engine/volume.ts';
import { memoryVolumes } from '../../engine/memory-volumes.ts';
import { scriptedEngine } from '../support/engine.ts';
import { openState, revision, task } from '../support/shop.ts';

async function begin(t: TestContext, wish: Partial<VolumeSpec> = {}, broken: Partial<EngineVolumes> = {}) {
  const state = await openState(t);
  await state.store.txn({ then: [state.cluster.put({ name: 'term', number: 1 })] });
  const volumes = memoryVolumes();
  const options = { state, commit: createCommit(state, 1), clock: { now: () => 7 }, cluster: 'c' };
  const { engine } = scriptedEngine();
  const mount = (readOnly = false, more: Partial<VolumeSpec> = {}) => ({
    volume: { name: 'data', driver: 'local', driverOpts: {}, shared: false, ...wish, ...more },
    target: '/data',
    readOnly,
  });
  const of = (readOnly?: boolean, more?: Partial<VolumeSpec>) => {
    const base = revision();
    return { ...base, spec: { ...base.spec, volumes: [mount(readOnly, more)] } };
  };
  const sound = createWithVolumes({ ...options, engines: createEngines({ local: { ...engine, ...volumes } }) });
  const half = createWithVolumes({
    ...options,
    engines: createEngines({ local: { ...engine, ...volumes, ...broken } }),
  });
  const known = async (): Promise<KnownVolume | undefined> => (await state.volumes.get('shop', 'data'))?.value;
  return { volumes, sound, half, of, known };
}

const killed = () => Promise.reject(new OrcaError('unavailable', 'killed'));
const done = async () => 'done';

test('a volume is made, labelled, given its owner, and only then used', async (t) => {
  const { volumes, sound, of, known } = await begin(t, { owner: '5:6' });
  assert.equal(await sound(task(), of(), done), 'done');
  assert.deepEqual(volumes.made.get('shop_data')?.labels, {
    'orca.cluster': 'c',
    'orca.project': 'shop',
    'orca.volume': 'data',
  });
  assert.deepEqual(
    volumes.roots.map(({ name, owner, target }) => [name, owner, target]),
    [['shop_data', '5:6', '/data']],
  );
  assert.deepEqual(await known(), {
    project: 'shop',
    name: 'data',
    node: 'local',
    state: 'ready',
    owner: '5:6',
    at: 7,
  });
  await sound(task(), of(), done);
  assert.equal(volumes.roots.length, 1, 'set once');
});

test('without owner and mode its root is left to the image', async (t) => {
  const { volumes, sound, of, known } = await begin(t);
  await sound(task(), of(), done);
  assert.deepEqual([volumes.roots, (await known())?.state], [[], 'ready']);
});

for (const at of ['createVolume', 'setVolumeRoot'] as const)
  test(`killed at ${at}, the next master finishes what was begun, before anything uses it`, async (t) => {
    const { volumes, sound, half, of, known } = await begin(t, { owner: '5:6' }, { [at]: killed });
    await assert.rejects(half(task(), of(), done), /killed/);
    assert.equal((await known())?.state, 'making');
    await sound(task(), of(), done);
    assert.deepEqual([volumes.roots.length, (await known())?.state], [1, 'ready']);
  });

test('one that was there is taken over as it is', async (t) => {
  const { volumes, sound, of, known } = await begin(t, { owner: '5:6' });
  volumes.made.set('shop_data', { name: 'shop_data', driver: 'local', options: {}, labels: {} });
  await sound(task(), of(), done);
  assert.deepEqual([volumes.roots, (await known())?.adopted], [[], true]);
});

test('one that is gone stops its task, with the reason', async (t) => {
  const { volumes, sound, of } = await begin(t);
  await sound(task(), of(), done);
  volumes.made.clear();
  await assert.rejects(sound(task(), of(), done), { code: 'conflict', message: /shop_data is gone from docker/ });
  assert.equal(volumes.made.size, 0);
});

const user = { id: 'x', name: 'stranger', isOwn: false, isUp: true, readOnly: false };

test('nothing that writes starts beside a container that writes', async (t) => {
  const { volumes, sound, of } = await begin(t);
  const beside = async (...args: Parameters<typeof of>) => {
    const tried = await sound(task(), of(...args), done).catch((error: OrcaError) => error.message);
    return tried;
  };
  volumes.users.set('shop_data', [user]);
  assert.match(await beside(), /the volume shop_data is in use by the container stranger/);
  assert.equal(await beside(true), 'done', 'it only reads');
  assert.equal(await beside(false, { shared: true }), 'done');
  for (const harmless of [
    { ...user, isUp: false },
    { ...user, readOnly: true },
    { ...user, name: task().id },
  ]) {
    volumes.users.set('shop_data', [harmless]);
    assert.equal(await beside(), 'done');
  }
});

test('two starts that need the same volume take turns', async (t) => {
  const { volumes, sound, of } = await begin(t);
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = sound(task({ id: 'web-1-a' }), of(), async () => {
    await promise;
    volumes.users.set('shop_data', [{ ...user, name: 'web-1-a' }]);
  });
  const second = sound(task({ id: 'web-1-b' }), of(), done);
  resolve();
  await first;
  await assert.rejects(second, /in use by the container web-1-a/);
});
