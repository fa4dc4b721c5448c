import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EngineUsage } from '../../../src/engine/engine.ts';
import { revision, service, task } from '../controllers/support/shop.ts';
import { putService } from '../store/put-service.ts';
import { openApi, type TestApi } from './test-api.ts';

const pinned = (number: number) => `acme/web@sha256:${number}`;
const image = (number: number, rest: Partial<EngineUsage['images'][number]> = {}) => ({
  id: `sha256:id-${number}`,
  digests: [pinned(number)],
  tags: [],
  bytes: number * 100,
  ...rest,
});
const container = (name: string, rest: Partial<EngineUsage['containers'][number]> = {}) => ({
  name,
  image: 'sha256:other',
  labels: { 'orca.task': name, 'orca.kind': 'task', 'orca.project': 'shop', 'orca.service': 'web' },
  isOwn: true,
  state: 'exited',
  bytes: 7,
  ...rest,
});

describe('the disk', () => {
  let test: TestApi;
  let removed: string[];
  before(async () => {
    test = await openApi();
    removed = [];
    const { state, engine } = test;
    await state.store.txn({
      then: [
        ...putService(state, service({ revision: 1, stable: 1 })),
        state.revisions.put(
          revision({ image: { ref: 'acme/web:1', digest: 'sha256:1', pinned: pinned(1) }, succeededAt: 1 }),
        ),
        ...[1, 2, 3, 4, 5].map((number) => state.pulledImages.put({ pinned: pinned(number), at: 1 })),
        state.tasks.put(task({ id: 'known', phase: 'ended' })),
        state.tasks.put(task({ id: 'stopping', phase: 'stop' })),
      ],
    });
    engine.usage = async () => ({
      disk: { root: '/var/lib/docker', size: 1000, free: 300 },
      images: [
        image(1),
        image(2),
        image(3, { tags: ['mine:1'] }),
        image(4),
        { id: 'sha256:other', digests: [], tags: ['other:1'], bytes: 9_000 },
      ],
      containers: [
        container('known'),
        container('forgotten'),
        container('runs', { state: 'running' }),
        container('release', { labels: { 'orca.task': 'release', 'orca.kind': 'release' } }),
        container('of-others', { isOwn: false, image: 'sha256:id-4' }),
      ],
    });
    engine.removeImage = async (name) => {
      removed.push(name);
      return 'removed';
    };
    engine.removeDead = async (name) => {
      removed.push(name);
      return 'removed';
    };
    for (const id of ['known', 'gone', 'stopping']) test.archived.set(id, []);
  });
  after(() => test.close());

  const df = async () => (await test.ask('GET', '/api/v1/system/df', { as: 'admin' })).body;
  const prune = (body: object) => test.ask('POST', '/api/v1/system/prune', { as: 'admin', body });

  it('is told by image, container, log, record and project, with what may go', async () => {
    const found = await df();
    assert.deepEqual(found.disk, { path: '/var/lib/docker', size: 1000, free: 300 });
    assert.deepEqual(
      found.images.map(({ image: name, bytes, removable }: Record<string, unknown>) => [name, bytes, removable]),
      [
        [pinned(4), 400, false],
        [pinned(3), 300, false],
        [pinned(2), 200, true],
        [pinned(1), 100, false],
        [pinned(5), null, false],
      ],
    );
    assert.deepEqual(
      found.containers.map(({ container: name, removable }: Record<string, unknown>) => [name, removable]),
      [
        ['known', false],
        ['forgotten', true],
        ['release', false],
      ],
    );
    assert.deepEqual(found.others, { images: 1, bytes: 9_000 });
    assert.deepEqual(
      found.logs.map(({ project, count }: Record<string, unknown>) => [project, count]),
      [
        [null, 1],
        ['shop', 2],
      ],
    );
    assert.deepEqual(found.projects, [{ project: 'shop', images: 100, containers: 14, logs: 4 }]);
    assert.ok(found.records.some(({ kind, count }: Record<string, unknown>) => kind === 'revisions' && count === 1));
    assert.ok(found.store_bytes > 0);
  });

  it('is told what would go, and that is what goes, each looked at once more by the engine', async () => {
    const dry = (await prune({ dry_run: true, logs: true })).body;
    assert.deepEqual(removed, []);
    assert.deepEqual(dry.images, [{ image: pinned(2), bytes: 200 }]);
    assert.deepEqual(
      dry.containers.map((one: { container: string }) => one.container),
      ['forgotten'],
    );
    assert.deepEqual(dry.logs.map((one: { task: string }) => one.task).sort(), ['gone', 'known']);
    assert.equal(dry.bytes, 200 + 7 + 4);

    const { body } = await prune({ logs: true });
    assert.deepEqual({ ...body, dry_run: true }, dry);
    assert.deepEqual(removed, [pinned(2), 'forgotten']);
    assert.deepEqual([...test.archived.keys()], ['stopping']);
    assert.equal(await test.state.pulledImages.get(encodeURIComponent(pinned(2))), undefined);
    assert.ok(await test.state.pulledImages.get(encodeURIComponent(pinned(4))));
  });

  it('says what stays after all, and why', async () => {
    await test.state.store.txn({ then: [test.state.pulledImages.put({ pinned: pinned(2), at: 1 })] });
    test.engine.removeImage = async () => 'in-use';
    test.engine.removeDead = async () => 'in-use';
    const { body } = await prune({});
    assert.deepEqual([body.images, body.containers, body.logs, body.bytes], [[], [], [], 0]);
    assert.deepEqual(body.failed, [
      { what: pinned(2), reason: 'a container uses it by now' },
      { what: 'forgotten', reason: 'it runs by now' },
    ]);
    assert.ok(await test.state.pulledImages.get(encodeURIComponent(pinned(2))), 'it is orca’s still');
  });

  it('is pruned by one at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const [{ usage }, begun] = [{ usage: test.engine.usage }, Promise.withResolvers<void>()];
    test.engine.usage = async () => {
      begun.resolve();
      await promise;
      return usage();
    };
    const first = prune({});
    await begun.promise;
    assert.equal((await prune({})).status, 409);
    resolve();
    assert.equal((await first).status, 200);
    test.engine.usage = usage;
  });

  it('keeps everything while a record cannot be read, and is not told while the engine is away', async () => {
    const { state } = test;
    await state.store.txn({
      then: [
        { put: state.revisions.key('shop', 'web', 10), value: '{"v":1}' },
        { put: state.tasks.key('shop', 'web', 'broken'), value: '{"v":1}' },
      ],
    });
    const found = await df();
    const all = [...found.images, ...found.containers];
    assert.ok(all.every(({ removable }: { removable: boolean }) => !removable));
    test.engine.down = 'docker does not answer';
    test.engine.usage = async () => {
      await test.engine.info();
      return { images: [], containers: [] };
    };
    assert.equal((await test.ask('GET', '/api/v1/system/df', { as: 'admin' })).status, 503);
  });
});
