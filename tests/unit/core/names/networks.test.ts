import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createNeighbourhood, type Neighbour, networkName } from '../../../../src/core/names/networks.ts';

const service = (project: string, name: string, internal?: Neighbour['internal']): Neighbour => ({
  project,
  name,
  ...(internal !== undefined && { internal }),
});
const leaving = (of: Neighbour): Neighbour => ({ ...of, isLeaving: true });
const networksOf = (of: Pick<Neighbour, 'project' | 'name'>, all: readonly Neighbour[]) =>
  createNeighbourhood(all).networksOf(of);

test('a service alone in its project has nobody to speak to, and no network', () => {
  const all = [service('shop', 'web'), service('blog', 'web')];
  assert.deepEqual(networksOf({ project: 'shop', name: 'web' }, all), []);
  assert.deepEqual(createNeighbourhood(all).needed, new Set());
});

test('the services of a project share its network', () => {
  const all = [service('shop', 'web'), service('shop', 'db'), service('blog', 'web')];
  assert.deepEqual(networksOf({ project: 'shop', name: 'web' }, all), ['shop']);
  assert.deepEqual(networksOf({ project: 'shop', name: 'db' }, all), ['shop']);
  assert.deepEqual(networksOf({ project: 'blog', name: 'web' }, all), []);
});

test('projects that are granted a service meet it on a network of their own, and never each other', () => {
  const web = service('shop', 'web', ['billing', 'crm', 'nobody']);
  const all = [web, service('shop', 'db'), service('billing', 'api'), service('crm', 'api'), service('blog', 'web')];
  const around = createNeighbourhood(all);
  assert.deepEqual(around.networksOf(web), ['shop', 'shop.billing', 'shop.crm']);
  assert.deepEqual(around.networksOf({ project: 'shop', name: 'db' }), ['shop'], 'only who grants is on it');
  assert.deepEqual(around.networksOf({ project: 'billing', name: 'api' }), ['shop.billing']);
  assert.deepEqual(around.networksOf({ project: 'blog', name: 'web' }), []);
  assert.deepEqual(around.grantsOf(web), ['billing', 'crm'], 'a project without services has no part in it');
  assert.deepEqual(around.needed, new Set(['shop', 'shop.billing', 'shop.crm']));
});

test('`true` grants all projects, and its own none', () => {
  const web = service('shop', 'web', true);
  const all = [web, service('billing', 'api'), service('blog', 'web')];
  assert.deepEqual(createNeighbourhood(all).grantsOf(web), ['billing', 'blog']);
  assert.deepEqual(networksOf(web, [web]), []);
});

test('a grant is one way: the same two projects have another network for the other way', () => {
  const all = [service('shop', 'web', ['billing']), service('billing', 'api', ['shop']), service('shop', 'db')];
  assert.deepEqual(networksOf({ project: 'shop', name: 'web' }, all), ['billing.shop', 'shop', 'shop.billing']);
  assert.deepEqual(networksOf({ project: 'shop', name: 'db' }, all), ['billing.shop', 'shop']);
});

test('who is not granted any more is cut off, and nobody else', () => {
  const web = { project: 'shop', name: 'web' };
  const mail = service('shop', 'mail', ['billing']);
  const api = service('billing', 'api');
  const one = createNeighbourhood([service('shop', 'web'), mail, api]);
  assert.equal(one.isCutOff(web, 'shop.billing'), true);
  assert.equal(one.isCutOff(mail, 'shop.billing'), false);
  assert.equal(one.isCutOff(api, 'shop.billing'), false, 'mail still grants it');
  assert.equal(one.isCutOff(web, 'shop'), false, 'the network of a project is no grant');
  const none = createNeighbourhood([service('shop', 'web'), service('shop', 'mail'), api]);
  assert.equal(none.isCutOff(api, 'shop.billing'), true);
  assert.equal(createNeighbourhood([api]).isCutOff(api, 'shop.billing'), true, 'whoever granted it is gone');
});

test('while a service is being removed nobody is connected for it, and nobody cut off', () => {
  const web = leaving(service('shop', 'web', ['billing']));
  const api = service('billing', 'api');
  const around = createNeighbourhood([web, api]);
  assert.deepEqual(around.networksOf(api), []);
  assert.equal(around.isCutOff(api, 'shop.billing'), false);
  assert.equal(around.isCutOff(web, 'shop.billing'), false);
});

const name = fc.constantFrom('a', 'b', 'c');
const internal = fc.option(fc.oneof(fc.constant(true as const), fc.array(name, { maxLength: 2 })), { nil: undefined });
const isLeaving = fc.constantFrom(true as const, undefined, undefined);
const cluster = fc.uniqueArray(fc.record({ project: name, name, internal, isLeaving }), {
  selector: (one) => `${one.project}/${one.name}`,
  maxLength: 8,
});

test('two services that have no project in common and no grant are never on the same network', () => {
  fc.assert(
    fc.property(cluster, (all) => {
      const { networksOf, grantsOf } = createNeighbourhood(all);
      for (const a of all) {
        for (const b of all) {
          const shared = networksOf(a).filter((key) => networksOf(b).includes(key));
          const mayMeet = a.project === b.project || grantsOf(a).includes(b.project) || grantsOf(b).includes(a.project);
          assert.ok(mayMeet || shared.length === 0, `${shared}`);
        }
      }
    }),
  );
});

test('nobody is cut off from a network that is his, and each network that is needed is somebodys', () => {
  fc.assert(
    fc.property(cluster, (all) => {
      const { networksOf, isCutOff, needed } = createNeighbourhood(all);
      const present = all.filter((one) => !one.isLeaving);
      for (const one of present) for (const key of networksOf(one)) assert.ok(!isCutOff(one, key), key);
      assert.deepEqual(needed, new Set(present.flatMap(networksOf)));
    }),
  );
});

test('no project or pair has the network of another, nor the edge', () => {
  const names = ['edge', 'shop', 'shop.billing', 'shop-web', 'shop-web.a'].map((key) => networkName('c1', key));
  assert.equal(new Set([...names, 'orca-c1-edge']).size, names.length + 1);
});
