import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KnownVolume } from '../../../../src/core/model/known-volume.ts';
import type { VolumeSpec } from '../../../../src/core/model/volume.ts';
import { type FoundVolume, rootWarning, volumeAction } from '../../../../src/core/volumes/volume-action.ts';

const spec: VolumeSpec = { name: 'data', driver: 'local', driverOpts: {}, shared: false };
const known = (wish: Partial<KnownVolume> = {}): KnownVolume => ({
  project: 'shop',
  name: 'data',
  node: 'local',
  state: 'ready',
  at: 1,
  ...wish,
});
const found = (wish: Partial<FoundVolume> = {}): FoundVolume => ({
  driver: 'local',
  options: {},
  owner: 'own',
  ...wish,
});
const making = known({ state: 'making' });

const ACTIONS = [
  ['nothing', undefined, undefined, 'create'],
  ['written down, and killed before it was made', making, undefined, 'create'],
  ['made, and killed before its root was set', making, found(), 'finish'],
  ['ready', known(), found(), 'use'],
  ['ready, and made anew by hand since', known(), found({ owner: 'none' }), 'use'],
  ['there before orca', undefined, found({ owner: 'none' }), 'adopt'],
  ['made by hand while orca was about to', making, found({ owner: 'none' }), 'adopt'],
  ['of a store that has forgotten it', undefined, found(), 'use'],
] as const;

for (const [name, before, seen, action] of ACTIONS)
  test(`a volume that is ${name}: ${action}`, () => {
    assert.equal(volumeAction({ project: 'shop', spec, known: before, found: seen }), action);
  });

test('a volume that is gone after it was ready is never made anew', () => {
  const lost = () => volumeAction({ project: 'shop', spec, known: known() });
  assert.throws(lost, { code: 'conflict', message: /the volume shop_data is gone from docker/ });
});

test("another cluster's volume is never used", () => {
  for (const before of [undefined, known(), making])
    assert.throws(() => volumeAction({ project: 'shop', spec, known: before, found: found({ owner: 'other' }) }), {
      message: /belongs to another orca/,
    });
});

test('a volume is used only as it was made, and no value of its options is told', () => {
  const used = (wish: Partial<VolumeSpec>, is: Partial<FoundVolume>) => () =>
    volumeAction({ project: 'shop', spec: { ...spec, ...wish }, found: found(is) });
  assert.throws(used({}, { driver: 'nfs' }), { message: /exists with the driver nfs, and is declared with local/ });
  assert.throws(used({}, { owner: 'none', options: { device: '/etc', o: 'bind' } }), {
    message: /other driver_opts than declared: device, o$/,
  });
  assert.throws(used({ driverOpts: { o: 'password=a' } }, { options: { o: 'password=b' } }), (error: Error) => {
    assert.doesNotMatch(JSON.stringify(error) + error.message, /password/);
    return true;
  });
  assert.equal(used({ driverOpts: { a: '1', b: '2' } }, { options: { b: '2', a: '1' } })(), 'use');
});

test('an owner that is not set any more is warned of', () => {
  const warned = (of: KnownVolume | undefined, is?: FoundVolume) =>
    rootWarning({ project: 'shop', spec: { ...spec, owner: '1:1' }, known: of, found: is }) !== undefined;
  assert.equal(warned(undefined), false, 'it is about to be made');
  assert.equal(warned(making, found()), false);
  assert.equal(warned(known({ owner: '1:1' }), found()), false);
  assert.equal(warned(known({ owner: '2:2' }), found()), true);
  assert.equal(warned(known({ adopted: true, owner: '1:1' }), found()), true);
  assert.equal(warned(undefined, found({ owner: 'none' })), true);
});
