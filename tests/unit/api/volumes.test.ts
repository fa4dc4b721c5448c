import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KnownVolume } from '../../../src/core/model/known-volume.ts';
import { openApi, type TestApi } from './test-api.ts';

describe('volumes', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
  });
  after(() => test.close());

  const body = (project: string, service: object = {}, volume: object = {}) => ({
    services: [{ name: 'db', project, image: 'postgres:16', volumes: ['data:/data'], ...service }],
    volumes: [{ name: 'data', project, ...volume }],
  });
  const deploy = (wish: object, as: 'admin' | 'deployer' | 'shopper' = 'deployer') =>
    test.ask('POST', '/api/v1/deploy?wait=false', { as, body: wish });
  const plan = async (wish: object, as: 'admin' | 'viewer' = 'admin') =>
    (await test.ask('POST', '/api/v1/plan', { as, body: wish })).body;
  const list = async (as: 'admin' | 'viewer' | 'shopper' = 'admin', query = '') =>
    (await test.ask('GET', `/api/v1/volumes${query}`, { as })).body.volumes;
  const remove = (name: string, as: 'admin' | 'deployer' | 'shopAdmin' = 'admin') =>
    test.ask('DELETE', `/api/v1/volumes/${name}`, { as });
  const make = (project: string, name = 'data', cluster = 'c') =>
    test.engine.made.set(`${project}_${name}`, {
      name: `${project}_${name}`,
      driver: 'local',
      options: {},
      labels: { 'orca.cluster': cluster, 'orca.project': project, 'orca.volume': name },
    });
  const note = (project: string, wish: Partial<KnownVolume> = {}) =>
    test.state.store.txn({
      then: [test.state.volumes.put({ project, name: 'data', node: 'local', state: 'ready', at: 5, ...wish })],
    });

  it('that are made, taken over or left alone are told by the plan', async () => {
    const [made] = (await plan(body('one'))).volumes;
    assert.deepEqual(made, { name: 'one_data', project: 'one', action: 'create', reason: 'it does not exist yet' });
    test.engine.made.set('one_data', { name: 'one_data', driver: 'local', options: {}, labels: {} });
    assert.equal((await plan(body('one'))).volumes[0].action, 'adopt');
    make('one');
    assert.deepEqual((await plan(body('one'))).volumes, []);
    await note('one');
    assert.match(
      (await plan(body('moved'))).volumes[0].reason,
      /one_data of the project one is another volume, and stays/,
    );
    assert.deepEqual((await plan(body('moved'), 'viewer')).volumes, [], 'nobody is asked for one who may not deploy');
  });

  it('that cannot be used are refused before anything is written', async () => {
    make('taken', 'data', 'another');
    await note('lost');
    make('other');
    for (const [wish, reason] of [
      [body('taken'), /the volume taken_data belongs to another orca/],
      [body('lost'), /the volume lost_data is gone from docker/],
      [body('other', {}, { driver_opts: { type: 'nfs' } }), /exists with other driver_opts than declared: type/],
    ] as const) {
      const answer = await deploy(wish, 'admin');
      assert.equal(answer.status, 409, answer.text);
      assert.match(answer.body.errors[0], reason);
      assert.match((await plan(wish)).errors[0].error, reason);
    }
    assert.deepEqual(await test.state.services.list('lost'), []);
  });

  it('that lead to the machine need an admin', async () => {
    const paths = [
      body('free', { volumes: ['/var/run/docker.sock:/s'] }),
      body('free', {}, { driver_opts: { type: 'none', o: 'bind', device: '/' } }),
      body('free', {}, { driver: 'sshfs' }),
    ];
    for (const wish of paths) {
      const answer = await deploy(wish);
      assert.equal(answer.body.services[0].code, 'forbidden', answer.text);
      assert.match(answer.body.errors[0], /needs? an admin/);
    }
    assert.equal((await deploy(paths[0] ?? {}, 'admin')).status, 202);
  });

  it('are declared alike by all services of a project', async () => {
    assert.equal((await deploy(body('alike', {}, { owner: '1:1' }))).status, 202);
    const web = { name: 'web', volumes: ['data:/data:ro'] };
    const other = await deploy(body('alike', web));
    assert.match(other.body.errors[0], /the service db declares the volume data otherwise/);
    assert.equal((await deploy(body('alike', web, { owner: '1:1' }))).status, 202);
    const writer = await deploy(body('alike', { name: 'writer' }, { owner: '1:1' }));
    assert.match(writer.body.errors[0], /volume alike_data belongs to the service db already/);
  });

  it('are not shared by replicas, however they are asked for', async () => {
    await deploy(body('scaled'));
    const scaled = await test.ask('POST', '/api/v1/services/db/scale?project=scaled', {
      as: 'deployer',
      body: { replicas: 2 },
    });
    assert.equal(scaled.body.code, 'unplaceable', scaled.text);
    assert.match(scaled.body.error, /2 replicas cannot write to the volume scaled_data/);
  });

  it('are listed with who mounts them, to those who may see the project', async () => {
    for (const project of ['shop', 'blog']) {
      make(project);
      await note(project);
      await deploy(body(project));
    }
    test.engine.sizes.set('shop_data', 4096);
    const [shop] = (await list('shopper')) as { name: string }[];
    assert.deepEqual(shop, {
      name: 'shop_data',
      project: 'shop',
      volume: 'data',
      state: 'used',
      driver: 'local',
      adopted: false,
      size_bytes: null,
      created_at: 5,
      services: [{ service: 'db', read_only: false }],
      revisions: [],
    });
    assert.equal((await list('shopper')).length, 1, 'no other project');
    assert.equal((await list('viewer', '?project=shop&size=true'))[0].size_bytes, 4096);
    assert.ok(
      (await list()).some((one: { name: string; state: string }) => one.name === 'lost_data' && one.state === 'gone'),
    );
    assert.ok(!(await list()).some((one: { name: string }) => one.name === 'taken_data'), "another cluster's");
    const unmounted = { services: [{ name: 'db', project: 'shop', image: 'postgres:16' }] };
    await deploy(unmounted);
    assert.equal((await list('shopper'))[0].state, 'rollback');
    assert.deepEqual((await list('shopper'))[0].revisions, [{ service: 'db', revision: 1 }]);
  });

  it('are removed by name alone, by an admin of their project, and never in use', async () => {
    make('kept');
    await note('kept');
    await deploy(body('kept'));
    assert.equal((await remove('kept_data', 'deployer')).status, 403);
    assert.equal((await remove('kept_data', 'shopAdmin')).status, 404, 'another project is not there');
    const mounted = await remove('kept_data');
    assert.deepEqual([mounted.status, mounted.body.error], [409, 'the volume kept_data is mounted by db']);
    assert.equal((await remove('taken_data')).status, 404, "another cluster's");
    assert.equal((await remove('nowhere_data')).status, 404);

    make('free', 'old');
    test.engine.users.set('free_old', [{ id: 'x', name: 'left-over', isOwn: false, isUp: false, readOnly: true }]);
    assert.match((await remove('free_old')).body.error, /the volume free_old is in use by left-over/);
    test.engine.users.clear();
    const removed = await remove('free_old');
    assert.deepEqual([removed.status, removed.body.removed], [200, true], removed.text);
    assert.ok(!test.engine.made.has('free_old') && test.engine.made.has('kept_data'));
  });

  it('that docker has lost are forgotten, and made anew by the next deploy', async () => {
    const answer = await remove('lost_data');
    assert.deepEqual([answer.status, answer.body.removed], [200, false]);
    assert.equal(await test.state.volumes.get('lost', 'data'), undefined);
    assert.equal((await plan(body('lost'))).volumes[0].action, 'create');
  });

  it('stay when their service, or their project, is purged', async () => {
    await test.ask('DELETE', '/api/v1/services/db?project=kept&purge=true', { as: 'deployer' });
    await test.ask('DELETE', '/api/v1/projects/kept?purge=true', { as: 'deployer' });
    assert.ok(test.engine.made.has('kept_data'));
    assert.ok(await test.state.volumes.get('kept', 'data'));
  });
});
