import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createCommit } from '../../../src/controllers/commit.ts';
import { createImageRetention } from '../../../src/controllers/image-retention.ts';
import { createImages } from '../../../src/controllers/services/images.ts';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createEngines } from '../../../src/engine/engines.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import type { Registry } from '../../lab/registry/registry.ts';
import { openState, revision, service } from '../../unit/controllers/support/shop.ts';
import { putService } from '../../unit/store/put-service.ts';
import { adapter } from './fixtures.ts';

let lab: LabEngine;
let engine: Engine;
let registry: Registry;
before(async () => {
  lab = await startEngine();
  engine = adapter(lab);
  registry = await lab.startRegistry();
});
after(() => lab?.stop());

async function pushed(version: number): Promise<ResolvedImage> {
  const ref = `${registry.host}/shop:${version}`;
  await lab.ensureImage(`orca-test/web:${version}`);
  const digest = await registry.push(`orca-test/web:${version}`, `shop:${version}`);
  await lab.docker(['rmi', `orca-test/web:${version}`]);
  return { ref, digest, pinned: `${registry.host}/shop@${digest}` };
}

test('of nine revisions the images of five stay; one that is in use goes once it is not, one with a tag stays for good', async (t) => {
  const images: ResolvedImage[] = [];
  for (let version = 1; version <= 9; version += 1) images.push(await pushed(version));
  const state = await openState(t);
  await state.store.txn({
    then: [
      state.cluster.put({ name: 'term', number: 1 }),
      ...putService(state, service({ revision: 9, stable: 9 })),
      ...images.map((image, index) => state.revisions.put(revision({ number: index + 1, image, succeededAt: 1 }))),
    ],
  });
  const commit = createCommit(state, 1);
  const engines = createEngines({ local: engine });
  const bringer = createImages({ registries: engine, engines, own: 'local', state, commit, clock: { now: () => 1 } });
  for (const { value } of await state.revisions.list('shop', 'web')) await bringer.bring(value, 'local');
  const there = async () => {
    const found = await Promise.all(images.map((image) => engine.hasImage(image)));
    return found.flatMap((is, index) => (is ? [index + 1] : []));
  };
  assert.deepEqual(await there(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await lab.docker(['create', '--name', 'user-of-1', images[0]?.pinned ?? '']);
  await lab.docker(['tag', images[1]?.pinned ?? '', 'mine:latest']);

  const pass = createImageRetention({ state, engines, own: 'local', commit, log: createLogger({ level: 'silent' }) });
  await pass();
  assert.deepEqual(await there(), [1, 2, 5, 6, 7, 8, 9]);
  await lab.docker(['rm', 'user-of-1']);
  await pass();
  assert.deepEqual(await there(), [2, 5, 6, 7, 8, 9]);
  assert.match(await lab.docker(['images', '--format', '{{.Repository}}:{{.Tag}}']), /^mine:latest$/m);

  const third = await state.revisions.get('shop', 'web', 3);
  assert.ok(third);
  assert.equal(await engine.missing(images[2] as ResolvedImage), undefined, 'the registry gives it by its digest');
  await bringer.bring({ ...third.value, createdAt: 2 }, 'local');
  assert.deepEqual(await there(), [2, 3, 5, 6, 7, 8, 9], 'and it is pulled again');
  await registry.stop();
  assert.match((await engine.missing(images[3] as ResolvedImage)) ?? '', /^image ".*" cannot be pulled/);
  assert.equal(await engine.removeImage(images[3]?.pinned ?? ''), 'gone');
});
