import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Plan } from '../../../src/contract/plan.ts';
import { createMemoryEngine, imageOf } from './memory-engine.ts';
import { deployed, taskOf, web } from './records.ts';
import { type Caller, openApi, type TestApi } from './test-api.ts';

describe('plan', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
  });
  afterEach(() => test.close());

  const ask = (services: readonly object[], as: Caller = 'deployer') =>
    test.ask('POST', '/api/v1/plan', { as, body: { services } });
  const plan = async (...services: readonly object[]) => Plan.parse((await ask(services)).body);
  const hashOf = async (task: string) => {
    const revision = (await test.state.revisions.get('shop', 'web', 1))?.value;
    await test.state.store.txn({ then: [test.state.tasks.put(taskOf({ id: task, hash: revision?.hash ?? '' }))] });
  };

  it('says what deploy would do to a new service, and writes nothing', async () => {
    await test.used('deployer');
    const before = (await test.state.store.status()).revision;
    const { services, steps, warnings, errors } = await plan(web({ replicas: 2, domain: 'a.test' }));
    const [only] = services;
    assert.deepEqual([only?.action, only?.reason, only?.downtime_ms], ['create', 'web is new', 0]);
    assert.deepEqual(
      only?.placement.map(({ slot, node }) => [slot, node]),
      [
        [1, 'local'],
        [2, 'local'],
      ],
    );
    assert.ok(only?.diff.some(({ path, to }) => path === 'image' && to === 'acme/web:1'));
    assert.deepEqual(
      [...new Set(steps.map(({ kind }) => kind))],
      ['pull', 'assign', 'start', 'route', 'switched', 'succeed'],
    );
    assert.equal(new Set(steps.map(({ id }) => id)).size, steps.length);
    assert.deepEqual([warnings, errors], [[], []]);
    assert.equal((await test.state.store.status()).revision, before);
  });

  it('says of blue-green what memory its second set needs, and that it is unknown where nothing names it', async () => {
    const wish = { replicas: 3, domain: 'a.test', deploy: { strategy: 'blue-green' } };
    const of = async (more: object) => (await plan(web({ ...wish, ...more }))).services[0];
    const known = await of({ resources: { memory: '256Mi' }, reserve: { memory: '128Mi' } });
    assert.equal(known?.strategy, 'blue-green');
    assert.deepEqual(known?.second_set, { tasks: 3, memory_bytes: 3 * 128 * 1024 * 1024, keep_ms: 600_000 });
    assert.equal((await of({}))?.second_set?.memory_bytes, null);
    assert.equal((await plan(web({ domain: 'a.test' }))).services[0]?.second_set, null);
  });

  it('says none of an unchanged service, and names what changes of a changed one', async () => {
    await deployed(test, web());
    assert.equal((await plan(web())).services[0]?.action, 'none');
    const [changed] = (await plan(web({ image: 'acme/web:2' }))).services;
    assert.equal(changed?.action, 'replace');
    assert.deepEqual(changed?.diff, [
      { path: 'image', from: 'acme/web:1', to: 'acme/web:2' },
      { path: 'digest', from: 'sha256:acme/web:1', to: 'sha256:acme/web:2' },
    ]);
    assert.equal((await plan(web({ replicas: 2 }))).services[0]?.action, 'update');
  });

  it('has the same hash as long as the world is the same', async () => {
    const first = await plan(web());
    assert.equal((await plan(web())).hash, first.hash);
    assert.notEqual((await plan(web({ replicas: 2 }))).hash, first.hash);
    await deployed(test, web());
    assert.notEqual((await plan(web())).hash, first.hash);
  });

  it('says in words when a host port makes downtime', async () => {
    await deployed(test, web({ ports: ['9000:80'] }));
    await hashOf('web-1-a');
    const { services, steps, warnings } = await plan(web({ image: 'acme/web:2', ports: ['9000:80'] }));
    assert.ok((services[0]?.downtime_ms ?? 0) > 0);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? '',
      /^web: two tasks cannot have port 9000\/tcp at once, so each old task stops before its successor starts; the time is a guess until such a start was measured$/,
    );
    const kinds = steps.map(({ kind }) => kind);
    assert.ok(kinds.indexOf('stop') < kinds.indexOf('assign'), kinds.join(' '));
  });

  it('says that a service is away for as long as its last stop and start took', async () => {
    await deployed(test, web({ ports: ['9000:80'] }));
    await hashOf('web-1-b');
    const running = (await test.state.tasks.get('shop', 'web', 'web-1-b'))?.value ?? taskOf({});
    const [end, measured] = [
      { at: 7_000, wanted: true, reason: '' },
      { assignedAt: 8_000, firstRoutedAt: 28_000 },
    ];
    const before = taskOf({ id: 'web-1-a', phase: 'ended', stoppingSince: 2_000, end });
    await test.state.store.txn({
      then: [{ ...running, ...measured }, before].map((task) => test.state.tasks.put(task)),
    });
    const { services, warnings } = await plan(web({ image: 'acme/web:2', ports: ['9000:80'] }));
    const downtime = services[0]?.downtime_ms ?? 0;
    assert.ok(downtime >= 25_000 && downtime < 26_000, String(downtime));
    assert.match(warnings[0] ?? '', /; the time is what the last stop and start took$/);
  });

  it('tells how large what is pulled is, each image once, and who waits for one that does not fit', async () => {
    for (const ref of ['acme/big:1', 'acme/small:1']) {
      test.engine.resolutions.set(ref, { image: imageOf(ref), needsPull: true });
      test.engine.foreseen.set(ref, {
        bytes: ref.length,
        refusal: ref === 'acme/big:1' ? 'it does not fit' : undefined,
      });
    }
    const { pull, warnings } = await plan(
      web({ name: 'one', image: 'acme/big:1' }),
      web({ name: 'two', image: 'acme/big:1' }),
      web({ name: 'three', image: 'acme/small:1' }),
    );
    assert.deepEqual(pull, [
      { image: 'acme/big:1', bytes: 10 },
      { image: 'acme/small:1', bytes: 12 },
    ]);
    assert.deepEqual(warnings, ['one: it does not fit', 'two: it does not fit']);
  });

  it('warns of an image that does not fit on a node that joined and would pull it', async () => {
    const attic = createMemoryEngine();
    const { candidate } = test.world;
    test.engines.add('n7', attic);
    Object.assign(test.world, { candidate: (id: string) => (id === 'n7' ? { status: 'ready' } : candidate(id)) });
    await test.state.store.txn({
      then: [test.state.nodes.put({ id: 'n7', name: 'attic', availability: 'active' })],
    });
    const wish = web({ name: 'far', image: 'acme/far:1', placement: { node: 'attic' } });
    assert.deepEqual((await plan(wish)).pull, [], 'the image is there');
    attic.gone.set(imageOf('acme/far:1').pinned, undefined);
    attic.foreseen.set('acme/far:1', { bytes: 7, refusal: 'it does not fit there' });
    const { pull, warnings } = await plan(wish);
    assert.deepEqual(pull, [{ image: 'acme/far:1', bytes: 7 }]);
    assert.ok(warnings.includes('far: it does not fit there'), warnings.join('; '));
  });

  it('names what stays, what must be pulled, and what would be refused', async () => {
    await deployed(test, web({ domain: 'a.test' }));
    test.engine.resolutions.set('acme/api:1', { warning: 'the registry does not answer', needsPull: true });
    const { kept, pull, errors, warnings, services } = await plan(
      web({ name: 'api', image: 'acme/api:1' }),
      web({ name: 'two', domain: 'a.test' }),
      web({ name: 'three', domain: 'b.test', ports: ['0.0.0.0:9000:80'] }),
      web({ name: 'four', cap_keep: ['NET_RAW'] }),
    );
    assert.deepEqual(kept, [{ project: 'shop', name: 'web' }]);
    assert.deepEqual(pull, [{ image: 'acme/api:1', bytes: null }]);
    assert.deepEqual(warnings, ['api: the registry does not answer']);
    assert.deepEqual(
      errors.map(({ name, code }) => [name, code]),
      [
        ['two', 'conflict'],
        ['three', 'forbidden'],
        ['four', 'forbidden'],
      ],
    );
    assert.deepEqual(
      services.map(({ name }) => name),
      ['api'],
    );
  });

  it('sees what two services of one request would both hold', async () => {
    const { errors } = await plan(web({ ports: ['9000:80'] }), web({ name: 'two', ports: ['9000:81'] }));
    assert.deepEqual(
      errors.map(({ name, code }) => [name, code]),
      [['two', 'conflict']],
    );
  });

  it('refuses a broken body with all its mistakes, as deploy does', async () => {
    const { status, body } = await ask([web({ replicas: 'many', port: 'x' })]);
    assert.equal(status, 422);
    assert.deepEqual(body.details.issues.map(({ path }: { path: string }) => path).sort(), [
      'services[0].port',
      'services[0].replicas',
    ]);
  });
});
