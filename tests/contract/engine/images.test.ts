import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Engine } from '../../../src/engine/engine.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import type { Registry } from '../../lab/registry/registry.ts';
import { adapter } from './fixtures.ts';

let lab: LabEngine;
let engine: Engine;
let registry: Registry;
before(async () => {
  lab = await startEngine();
  engine = adapter(lab);
  await lab.ensureImage('orca-test/web:1');
  await lab.ensureImage('orca-test/web:2');
  registry = await lab.startRegistry();
});
after(() => lab?.stop());

const idOf = async (image: string): Promise<string> =>
  (await lab.docker(['image', 'inspect', '--format', '{{.Id}}', image])).trim();

test('a local image is its id, and no registry is asked', async () => {
  const id = await idOf('orca-test/web:1');
  const resolved = await engine.resolve('orca-test/web:1', 'auto');
  assert.deepEqual(resolved, { image: { ref: 'orca-test/web:1', digest: id, pinned: id }, needsPull: false });
  assert.deepEqual((await engine.resolve(id, 'auto')).image?.digest, id);
  assert.deepEqual(await engine.resolve('orca-test/web:1', 'never'), resolved);
});

test('a tag that moves in the registry is a new digest, and is pulled by it', async () => {
  const ref = `${registry.host}/shop/web:latest`;
  for (const version of ['1', '2']) {
    const digest = await registry.push(`orca-test/web:${version}`, 'shop/web:latest');
    const { image, needsPull, warning } = await engine.resolve(ref, 'auto');
    assert.ok(image);
    assert.deepEqual(image, { ref, digest, pinned: `${registry.host}/shop/web@${digest}` });
    assert.equal(warning, undefined);
    assert.equal(needsPull, true);
    assert.equal(await engine.hasImage(image), false);
    await engine.pull(image);
    await engine.pull(image);
    assert.equal(await engine.hasImage(image), true);
    assert.equal(await idOf(image.pinned), await idOf(`orca-test/web:${version}`));
    assert.equal((await engine.resolve(ref, 'auto')).needsPull, false);
    assert.deepEqual((await engine.resolve(image.pinned, 'never')).image?.digest, digest);
  }
});

test('an image that a registry does not have is told at once, by name', async () => {
  const ref = `${registry.host}/shop/nothing:1`;
  const { image, warning } = await engine.resolve(ref, 'auto');
  assert.equal(image, undefined);
  assert.match(warning ?? '', /^image "127\.0\.0\.1:5000\/shop\/nothing:1" not found$/);
  const digest = `sha256:${'0'.repeat(64)}`;
  const pinned = `${registry.host}/shop/nothing@${digest}`;
  await assert.rejects(engine.pull({ ref, digest, pinned }), {
    code: 'not_found',
    message: /"127.*nothing:1" not found/,
  });
});

test('an image that may not be pulled and is not there is told as such', async () => {
  const { image, warning } = await engine.resolve('orca-test/none:1', 'never');
  assert.equal(image, undefined);
  assert.match(warning ?? '', /"orca-test\/none:1" is not on the engine/);
});

test('a local image that was removed cannot be pulled, and says so', async () => {
  const digest = `sha256:${'1'.repeat(64)}`;
  const image = { ref: 'orca-test/web:9', digest, pinned: digest };
  await assert.rejects(engine.pull(image), { code: 'not_found', message: /"orca-test\/web:9".*no registry has it/ });
});

test('a registry that is away: an image at hand is used with a warning, another one is not to be had', async () => {
  const digest = await registry.push('orca-test/web:1', 'shop/kept:1');
  const ref = `${registry.host}/shop/kept:1`;
  await lab.docker(['pull', ref]);
  await registry.stop();
  const known = await engine.resolve(ref, 'auto');
  assert.equal(known.image?.digest, digest);
  assert.equal(known.needsPull, false);
  assert.match(
    known.warning ?? '',
    /cannot be pulled: its registry gave no usable answer; using the one on the engine/,
  );
  assert.deepEqual((await engine.resolve(ref, 'always')).image, undefined);
  const other = await engine.resolve(`${registry.host}/shop/other:1`, 'auto');
  assert.equal(other.image, undefined);
  assert.match(
    other.warning ?? '',
    /image "127\.0\.0\.1:5000\/shop\/other:1" cannot be pulled: its registry gave no usable answer/,
  );
  const pinned = `${registry.host}/shop/other@${digest}`;
  await assert.rejects(engine.pull({ ref, digest, pinned }), { code: 'not_found', message: /no usable answer/ });
});

test('a name that is no image name is refused before anything is asked', async () => {
  await assert.rejects(engine.resolve('../containers', 'auto'), { code: 'invalid' });
  await assert.rejects(engine.resolve('Shop', 'auto'), { code: 'invalid', message: /"Shop"/ });
});

test('a pull that is given up says so', async () => {
  const image = { ref: 'x/y:1', digest: `sha256:${'2'.repeat(64)}`, pinned: `x/y@sha256:${'2'.repeat(64)}` };
  await assert.rejects(engine.pull(image, { signal: AbortSignal.abort() }), { code: 'timeout', message: /"x\/y:1"/ });
});
