import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LABEL } from '../../../src/core/model/container.ts';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import type { VolumeSpec } from '../../../src/core/model/volume.ts';
import { nextAddress } from '../../../src/core/route/addresses.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { adapter, containerOf, EDGE, localImage, POOL, specOf } from './fixtures.ts';

let lab: LabEngine;
let engine: Engine;
let image: ResolvedImage;
let address: string;

before(async () => {
  lab = await startEngine();
  await lab.ensureImage('orca-test/web:1');
  engine = adapter(lab);
  image = await localImage(engine, 'orca-test/web:1');
  const { subnet } = await engine.ensureEdge(EDGE, POOL);
  address = nextAddress(subnet, new Set()) ?? assert.fail('no address');
});
after(() => lab?.stop());

const LABELS = { [LABEL.cluster]: 'c1', [LABEL.project]: 'shop', [LABEL.volume]: 'data' };
const make = (name: string) => engine.createVolume({ name, driver: 'local', driverOpts: {}, labels: LABELS });
const volume = (name: string, wish: Partial<VolumeSpec> = {}): VolumeSpec => ({
  name,
  driver: 'local',
  driverOpts: {},
  shared: false,
  ...wish,
});

/** Runs busybox in a container that has the volume at /v. */
const look = async (name: string, ...command: readonly string[]): Promise<string> =>
  (
    await lab.docker(['run', '--rm', '-v', `${name}:/v`, '--entrypoint', '/bin/busybox', 'orca-test/web:1', ...command])
  ).trim();
const rootOf = (name: string) => look(name, 'stat', '-c', '%u:%g %a', '/v');
const names = async () => (await engine.volumes()).map(({ name }) => name);

test('a volume is made with its labels, seen, and removed; each may be repeated', async () => {
  assert.equal(await engine.volume('shop_data'), undefined);
  await make('shop_data');
  const made = await make('shop_data');
  assert.deepEqual(made, { name: 'shop_data', driver: 'local', options: {}, labels: LABELS, owner: 'own' });
  assert.equal((await adapter(lab, 'c2').volume('shop_data'))?.owner, 'other');
  assert.deepEqual(await engine.volume('shop_data'), made);
  assert.ok((await names()).includes('shop_data'));
  assert.equal(await engine.removeVolume('shop_data'), 'removed');
  assert.equal(await engine.removeVolume('shop_data'), 'gone');
});

test('one that was there under the name keeps its labels, and what is told is what it is', async () => {
  await lab.docker(['volume', 'create', '--label', 'whose=mine', 'shop_old']);
  const { labels, owner } = await make('shop_old');
  assert.deepEqual([labels, owner], [{ whose: 'mine' }, 'none']);
});

test('its root directory gets owner and permissions before anything has run, with what the image has there', async () => {
  await make('shop_root');
  const root = { name: 'shop_root', image, target: '/www', owner: '1000:3000000', mode: '2750' };
  await engine.setVolumeRoot(root);
  await engine.setVolumeRoot(root);
  assert.equal(await rootOf('shop_root'), '1000:3000000 2750');
  assert.equal(await look('shop_root', 'cat', '/v/index.html'), '1');
  assert.deepEqual(await engine.volumeUsers('shop_root'), []);
  assert.equal((await lab.docker(['ps', '-aq', '--filter', 'volume=shop_root'])).trim(), '', 'the helper is gone');
});

test('owner and permissions stay when a task mounts the volume over a folder of the image', async () => {
  const spec = specOf({ volumes: [{ volume: volume('kept', { owner: '7:8' }), target: '/etc', readOnly: false }] });
  await make('shop_kept');
  await engine.setVolumeRoot({ name: 'shop_kept', image, target: '/etc', owner: '7:8' });
  const container = containerOf({ image, address, spec });
  await engine.create(container);
  await engine.start(container.name);
  assert.equal(await rootOf('shop_kept'), '7:8 755');
  await engine.remove(container.name);
});

test('what a killed process left of the making is no hindrance', async () => {
  await make('shop_half');
  await lab.docker([
    'create',
    ...['--name', 'orca-volume-shop_half', '-v', 'shop_half:/v'],
    ...['--label', `${LABEL.cluster}=c1`, '--label', `${LABEL.kind}=volume`],
    'orca-test/web:1',
  ]);
  await engine.setVolumeRoot({ name: 'shop_half', image, target: '/data', mode: '0700' });
  assert.equal(await rootOf('shop_half'), '0:0 700');
  assert.equal(await engine.removeVolume('shop_half'), 'removed');
});

test('what a killed process left of it is removed by its id, and not what another one has made under the name since', async () => {
  await make('shop_left');
  const left = async () =>
    (
      await lab.docker([
        'create',
        ...['--name', 'orca-volume-shop_left', '-v', 'shop_left:/v'],
        ...['--label', `${LABEL.cluster}=c1`, '--label', `${LABEL.kind}=volume`],
        'orca-test/web:1',
      ])
    ).trim();
  const there = async () => (await lab.docker(['ps', '-aq', '--no-trunc', '--filter', 'volume=shop_left'])).trim();
  const first = await left();
  await engine.removeLeftHelper('orca-volume-shop_left', first);
  assert.equal(await there(), '');
  const second = await left();
  await engine.removeLeftHelper('orca-volume-shop_left', first);
  assert.equal(await there(), second);
  await engine.removeLeftHelper('orca-volume-shop_left', second);
  assert.ok((await names()).includes('shop_left'), 'the volume stays');
});

test("a container of somebody's that bears the helper's name is let be", async () => {
  await make('shop_odd');
  await lab.docker(['create', '--name', 'orca-volume-shop_odd', 'orca-test/web:1']);
  await assert.rejects(
    engine.setVolumeRoot({ name: 'shop_odd', image, target: '/data', mode: '0700' }),
    /a container named "orca-volume-shop_odd" exists, and it is not this cluster's/,
  );
});

test('a task has its volumes and host paths, and what is read-only cannot be written', async () => {
  await make('shop_rw');
  await make('shop_ro');
  const spec = specOf({
    volumes: [
      { volume: volume('rw'), target: '/data', readOnly: false },
      { volume: volume('ro'), target: '/config', readOnly: true },
    ],
    hostPaths: [{ path: lab.dir, target: '/host', readOnly: true, shared: false }],
  });
  const container = containerOf({ image, address, spec });
  await engine.create(container);
  await engine.start(container.name);
  const run = (...command: readonly string[]) => lab.docker(['exec', container.name, '/bin/busybox', ...command]);
  await run('touch', '/data/here');
  await assert.rejects(run('touch', '/config/here'), /Read-only file system/);
  assert.match(await run('ls', '/host'), /daemon.json/);
  await assert.rejects(run('touch', '/host/here'), /Read-only file system/);
  const [user] = await engine.volumeUsers('shop_rw');
  assert.deepEqual([user?.name, user?.isUp, user?.readOnly], [container.name, true, false]);
  assert.deepEqual(
    (await engine.volumeUsers('shop_ro')).map(({ readOnly }) => readOnly),
    [true],
  );
  await assert.rejects(engine.removeVolume('shop_rw'), /volume is in use/);
  await engine.remove(container.name);
  assert.equal(await look('shop_rw', 'ls', '/v'), 'here', 'a volume outlives its containers');
});

test('with a container go the anonymous volumes that its image asks for, and no named one', async () => {
  await lab.docker(['container', 'create', '--name', 'maker', 'orca-test/web:1']);
  await lab.docker(['commit', '--change', 'VOLUME /anonymous', 'maker', 'orca-test/volume:1']);
  await lab.docker(['rm', 'maker']);
  await make('shop_named');
  const spec = specOf({ volumes: [{ volume: volume('named'), target: '/data', readOnly: false }] });
  const before = await names();
  const container = containerOf({ image: await localImage(engine, 'orca-test/volume:1'), address, spec });
  await engine.create(container);
  await engine.start(container.name);
  assert.equal((await names()).length, before.length + 1);
  await engine.remove(container.name);
  assert.deepEqual((await names()).sort(), before.sort());
});

test('a host path that is not there is refused, and not made', async () => {
  const spec = specOf({ hostPaths: [{ path: `${lab.dir}/nowhere`, target: '/x', readOnly: false, shared: false }] });
  await assert.rejects(engine.create(containerOf({ image, address, spec })), /bind source path does not exist/);
  assert.doesNotMatch(await lab.exec(['ls', lab.dir]), /nowhere/);
});

test('sizes are told in bytes', async () => {
  await make('shop_size');
  await look('shop_size', 'dd', 'if=/dev/zero', 'of=/v/file', 'bs=1024', 'count=300');
  const size = (await engine.volumeSizes()).get('shop_size') ?? 0;
  assert.ok(size >= 300 * 1024 && size < 400 * 1024, String(size));
});
