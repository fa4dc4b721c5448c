import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EngineUsage } from '../../../src/engine/engine.ts';
import { revision, service, task } from '../controllers/support/shop.ts';
import { putService } from '../store/put-service.ts';
import { createMemoryEngine } from './memory-engine.ts';
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
    assert.deepEqual(found.nodes, [
      {
        node: 'local',
        disk: { path: '/var/lib/docker', size: 1000, free: 300 },
        others: { images: 1, bytes: 9_000 },
        reason: null,
      },
    ]);
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
    assert.deepEqual(dry.images, [{ node: 'local', image: pinned(2), bytes: 200 }]);
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
      { node: 'local', what: pinned(2), reason: 'a container uses it by now' },
      { node: 'local', what: 'forgotten', reason: 'it runs by now' },
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

  describe('of a node that joined', () => {
    const pruned: string[] = [];
    const other = createMemoryEngine();
    before(async () => {
      const { state, engines } = test;
      await state.store.txn({
        then: [
          state.nodes.put({ id: 'n7', name: 'attic', availability: 'active' }),
          ...[2, 4].map((number) => state.pulledImages.put({ pinned: pinned(number), node: 'n7', at: 1 })),
        ],
      });
      other.usage = async () => {
        await other.info();
        return { disk: { root: '/data', size: 50, free: 5 }, images: [image(4)], containers: [container('lost')] };
      };
      other.removeImage = async (name) => {
        pruned.push(name);
        return 'removed';
      };
      other.removeDead = other.removeImage as typeof other.removeDead;
      engines.add('n7', other);
      test.archivedOn('n7').set('old', []);
    });

    const of = (node: string, list: readonly { readonly node: string }[]) => list.filter((one) => one.node === node);

    it('is told beside the others, or alone', async () => {
      const found = await df();
      assert.deepEqual(
        found.nodes.map(({ node, disk }: { node: string; disk: { free: number } }) => [node, disk.free]),
        [
          ['local', 300],
          ['attic', 5],
        ],
      );
      const alone = (await test.ask('GET', '/api/v1/system/df?node=attic', { as: 'admin' })).body;
      for (const kind of ['images', 'containers', 'logs'] as const)
        assert.deepEqual(of('attic', found[kind]), alone[kind], kind);
      assert.deepEqual(
        alone.images.map((one: { image: string; removable: boolean }) => [one.image, one.removable]),
        [
          [pinned(4), true],
          [pinned(2), false],
        ],
      );
      assert.deepEqual(alone.logs, [{ node: 'attic', project: null, service: null, count: 1, bytes: 2 }]);
      assert.equal((await test.ask('GET', '/api/v1/system/df?node=cellar', { as: 'admin' })).status, 404);
    });

    it('is pruned there, and its record alone goes', async () => {
      const { body } = await prune({ node: 'attic', logs: true });
      assert.deepEqual(pruned, [pinned(4), 'lost']);
      assert.deepEqual(
        [...body.images, ...body.containers, ...body.logs].map((one: { node: string }) => one.node),
        ['attic', 'attic', 'attic'],
      );
      const key = encodeURIComponent(pinned(4));
      assert.equal(await test.state.pulledImages.get(key, 'n7'), undefined);
      assert.ok(await test.state.pulledImages.get(key), 'the one of the other node is that one’s');
      assert.deepEqual([...test.archivedOn('n7').keys()], []);
      assert.ok(test.archived.has('stopping'));
    });

    it('is named with the reason while it is away, and hides no other', async () => {
      other.down = 'node "attic" is away';
      const found = await df();
      assert.deepEqual(found.nodes[1], { node: 'attic', disk: null, others: null, reason: 'node "attic" is away' });
      assert.ok(of('local', found.images).length > 0);
      const { body } = await prune({ dry_run: true });
      assert.deepEqual(body.unread, [{ node: 'attic', reason: 'node "attic" is away' }]);
      assert.equal((await test.ask('GET', '/api/v1/system/df?node=attic', { as: 'admin' })).status, 503);
    });
    after(() => test.engines.remove('n7'));
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
