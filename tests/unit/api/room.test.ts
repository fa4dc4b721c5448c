import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Node } from '../../../src/core/model/node.ts';
import { web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

const MI = 1024 ** 2;

describe('on a machine of 1 GiB and 2 cores', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
    await test.state.store.txn({
      then: [test.state.nodes.put({ id: 'local', name: 'local', availability: 'active' })],
    });
    Object.assign(test.world, {
      candidate: () => ({ status: 'suspect', capacity: { memory: 1024 * MI, cpu: 2 } }),
    });
  });
  afterEach(() => test.close());

  const deploy = (...services: readonly object[]) =>
    test.ask('POST', '/api/v1/deploy?wait=false', { as: 'deployer', body: { services } });
  const plan = async (...services: readonly object[]) =>
    (await test.ask('POST', '/api/v1/plan', { as: 'deployer', body: { services } })).body;

  const large = (name: string, more: object = {}) => web({ name, resources: { memory: '600Mi' }, ...more });
  const NUMBERS = 'local: not enough memory (600 MiB wanted, 424 MiB of 1.0 GiB not reserved)';

  it('a service that does not fit beside the others is refused with the numbers, by plan as by deploy', async () => {
    assert.equal((await deploy(large('one'))).status, 202);
    const { status, body } = await deploy(large('two'));
    assert.deepEqual([status, body.code, body.error], [422, 'unplaceable', `two: no node takes two.1: ${NUMBERS}`]);
    assert.deepEqual(
      (await plan(large('two'))).errors.map(({ code, error }: { code: string; error: string }) => [code, error]),
      [['unplaceable', `no node takes two.1: ${NUMBERS}`]],
    );
    assert.equal(
      (await deploy(large('one', { env: { A: '1' } }))).status,
      202,
      'a new version of the same needs no more',
    );
  });

  it('of one request those that come first have the room', async () => {
    const planned = await plan(large('one'), large('two'));
    assert.deepEqual(
      [planned.services, planned.errors].map((all) => all.map(({ name }: { name: string }) => name)),
      [['one'], ['two']],
    );
    const { status, body } = await deploy(large('one'), large('two'));
    assert.equal(status, 206);
    assert.match(JSON.stringify(body), /no node takes two\.1: local: not enough memory/);
  });

  it('replicas that do not all fit are refused, in a file and by scale', async () => {
    const { body } = await deploy(large('one', { replicas: 2 }));
    assert.equal(body.error, `one: no node takes one.2: ${NUMBERS} (1 of 2 tasks would have a place)`);
    assert.equal((await deploy(large('one'))).status, 202);
    const scaled = await test.ask('POST', '/api/v1/services/one/scale', { as: 'deployer', body: { replicas: 2 } });
    assert.deepEqual([scaled.status, scaled.body.code], [422, 'unplaceable']);
    assert.match(scaled.body.error, /^no node takes one\.2: local: not enough memory/);
  });

  it('cores are kept free where that is written, and not by a limit', async () => {
    const cores = (name: string, more: object) => web({ name, replicas: 3, ...more });
    assert.equal((await deploy(cores('limited', { resources: { cpu: 1 } }))).status, 202);
    const { body } = await deploy(cores('reserved', { reserve: { cpu: 1 } }));
    assert.match(
      body.error,
      /^reserved: no node takes reserved\.3: local: not enough CPU \(1 core wanted, 0 cores of 2 cores/,
    );
  });

  it('a stopped service keeps nothing, and is not started where its room is gone', async () => {
    assert.equal((await deploy(large('one'))).status, 202);
    await test.ask('DELETE', '/api/v1/services/one', { as: 'deployer' });
    assert.equal((await deploy(large('two'))).status, 202);
    const stored = await test.state.services.get('shop', 'one');
    assert.equal(stored?.value.paused, true);
    const started = await test.ask('POST', '/api/v1/services/one/start', { as: 'deployer' });
    assert.deepEqual([started.status, started.body.code], [422, 'unplaceable']);
  });

  it('labels and names that no node has are refused, with what there is', async () => {
    const labelled = await deploy(web({ placement: { labels: { disk: 'ssd' }, spread: 'zone' } }));
    assert.equal(labelled.body.error, 'web: no node takes web.1: local: it has no label disk=ssd');
    const named = await deploy(web({ placement: { node: 'mars' } }));
    assert.equal(named.body.error, 'web: no node takes web.1: no node is called mars: there is local');
    await test.state.store.txn({
      then: [test.state.nodes.put({ id: 'local', name: 'home', labels: { disk: 'ssd' }, availability: 'active' })],
    });
    assert.equal((await deploy(web({ placement: { labels: { disk: 'ssd' }, node: 'home' } }))).status, 202);
  });

  it('a plan places on nodes that take tasks now, and waits where none does', async () => {
    const placement = async (node?: string) => {
      const { services } = await plan(web(node === undefined ? {} : { placement: { node } }));
      return services[0].placement.map((placed: { node: string; why: string }) => [placed.node, placed.why]);
    };
    const [[node, why]] = await placement();
    assert.equal(node, 'local');
    assert.match(why, /; it waits, as no node takes it now: local: it does not answer$/);
    await test.state.store.txn({ then: [test.state.nodes.put({ id: 'm1', name: 'm1', availability: 'active' })] });
    Object.assign(test.world, { candidate: (id: string) => ({ status: id === 'm1' ? 'ready' : 'down' }) });
    assert.equal((await placement())[0][0], 'm1');
    assert.match((await placement('local'))[0][1], /; it waits, as no node takes it now: local: it is down$/);
  });

  it('a service with a domain has no place where no request reaches a node', async () => {
    const m1 = { id: 'm1', name: 'm1', availability: 'active' } as const;
    const web1 = web({ domain: 'shop.example.com', placement: { node: 'm1' } });
    const refused = async () => {
      const { body } = await deploy(web1);
      return body.error;
    };
    const put = (node: Node) => test.state.store.txn({ then: [test.state.nodes.put(node)] });
    await put(m1);
    assert.match(
      await refused(),
      /^web: no node takes web\.1: m1: it is no ingress, and its data plane takes no requests/,
    );
    const relay = { port: 6882, address: '10.0.0.2' };
    const told = { from: 'local', error: 'connect ECONNREFUSED' };
    await put({ ...m1, relay });
    Object.assign(test.world, { candidate: () => ({ status: 'ready', unreached: [told] }) });
    assert.match(await refused(), /m1: requests from other nodes do not reach it \(TCP 6882\): connect ECONNREFUSED/);
    Object.assign(test.world, { candidate: () => ({ status: 'ready', unreached: [{ ...told, through: {} }] }) });
    assert.equal((await deploy(web1)).status, 202);
    Object.assign(test.world, { candidate: () => ({ status: 'ready', unreached: [told] }) });
    await put({ ...m1, ingress: true });
    assert.equal((await deploy(web1)).status, 202);
    await put({ ...m1, relay });
    Object.assign(test.world, { candidate: () => ({ status: 'ready' }) });
    assert.equal((await deploy(web1)).status, 202);
  });
});
