import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createPrune, type PruneIntent } from '../../../src/api/disk/prune.ts';
import { survey } from '../../../src/api/disk/survey.ts';
import { LABEL } from '../../../src/core/model/container.ts';
import { LOCAL_NODE } from '../../../src/core/model/node.ts';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createEngines } from '../../../src/engine/engines.ts';
import { createLogArchive } from '../../../src/node/log-archive.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import type { Registry } from '../../lab/registry/registry.ts';
import { openState, revision, service, task } from '../../unit/controllers/support/shop.ts';
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
after(async () => {
  await registry?.stop();
  await lab?.stop();
});

/** In the registry, then brought onto the engine by it. */
async function pulled(version: number): Promise<ResolvedImage> {
  const ref = `${registry.host}/shop:${version}`;
  await lab.ensureImage(`orca-test/web:${version}`);
  const digest = await registry.push(`orca-test/web:${version}`, `shop:${version}`);
  await lab.docker(['rmi', `orca-test/web:${version}`]);
  const image = { ref, digest, pinned: `${registry.host}/shop@${digest}` };
  await engine.pull(image);
  return image;
}

const create = (name: string, image: string, labels: Readonly<Record<string, string>>, ...options: readonly string[]) =>
  lab.docker([
    'create',
    ...['--name', name],
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...options,
    image,
  ]);

test('only what orca brought and nothing needs goes; what dry run lists is what goes; no volume does but folders of files', async (t) => {
  const [needed, free, used, tagged] = [await pulled(1), await pulled(2), await pulled(3), await pulled(4)];
  await lab.ensureImage('orca-test/web:5');
  const state = await openState(t);
  await state.store.txn({
    then: [
      ...putService(state, service({ revision: 1, stable: 1 })),
      state.revisions.put(revision({ number: 1, image: needed, succeededAt: 1 })),
      ...[needed, free, used, tagged].map(({ pinned }) => state.pulledImages.put({ pinned, at: 1 })),
      state.tasks.put(task({ id: 'known', phase: 'ended' })),
    ],
  });
  await lab.docker(['tag', tagged.pinned, 'mine:1']);
  const own = (id: string) => ({ [LABEL.cluster]: 'c1', [LABEL.task]: id, [LABEL.kind]: 'task' });
  const label = (key: string, value: string) => `volume-label=${key}=${value}`;
  const folder = `type=volume,dst=/run/secrets,${label(LABEL.cluster, 'c1')},${label(LABEL.kind, 'files')}`;
  const volume = ['--volume', '/data', '--volume', 'named:/named', '--mount', folder];
  await create('known', 'orca-test/web:5', own('known'));
  await create('forgotten', 'orca-test/web:5', own('forgotten'), ...volume);
  await create('another-cluster', 'orca-test/web:5', { ...own('x'), [LABEL.cluster]: 'c2' });
  await create('somebody', used.pinned, {});
  await create('running', 'orca-test/web:5', own('running'));
  await lab.docker(['start', 'running']);
  const listed = async (...more: readonly string[]) =>
    (await lab.docker(['volume', 'ls', '--quiet', ...more])).split('\n').filter(Boolean);
  const volumes = await listed();
  const [secrets] = await listed('--filter', `label=${LABEL.kind}=files`);

  const dir = mkdtempSync(join(tmpdir(), 'orca-logs-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const logs = createLogArchive({ dir, clock: { now: () => 1 } });
  const archive = { list: () => logs.list(), remove: (_: string, id: string) => logs.remove(id) };
  const options = { state, engines: createEngines({ [LOCAL_NODE]: engine }), archive };
  const nameOf = (id: string) => id;
  const [found] = await survey(options, nameOf);
  assert.ok(found);
  const { disk, others } = found.machine;
  assert.ok(disk && disk.free > 0 && disk.size > disk.free);
  const sizes = found.images.map(({ bytes }) => bytes ?? 0);
  assert.ok(sizes.length === 4 && sizes.every((size) => size > 100_000));
  assert.ok((others?.images ?? 0) >= 1);

  const pruning = createPrune(options);
  const prune = (wish: PruneIntent) => pruning(wish, nameOf);
  const dry = await prune({ dry_run: true, logs: false });
  assert.deepEqual(
    [dry.images.map(({ image }) => image), dry.containers.map(({ container }) => container)],
    [[free.pinned], ['forgotten']],
  );
  assert.equal(await engine.hasImage(free), true);
  assert.deepEqual(await listed(), volumes);
  assert.deepEqual(await prune({ dry_run: false, logs: false }), { ...dry, dry_run: false });
  const there = await Promise.all([needed, free, used, tagged].map((image) => engine.hasImage(image)));
  assert.deepEqual(there, [true, false, true, true]);
  const names = (await lab.docker(['ps', '--all', '--format', '{{.Names}}'])).split('\n').filter(Boolean).sort();
  assert.deepEqual(names, ['another-cluster', 'known', 'running', 'somebody']);
  assert.deepEqual([volumes.length, secrets !== undefined], [3, true]);
  assert.deepEqual(
    await listed(),
    volumes.filter((name) => name !== secrets),
  );
  assert.equal(await engine.removeDead('running'), 'in-use');
  assert.equal(await engine.removeDead('somebody'), 'gone', 'one of another is not looked at');
  assert.deepEqual((await prune({ dry_run: false, logs: false })).images, []);
});
