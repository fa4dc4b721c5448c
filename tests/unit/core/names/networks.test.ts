import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { grantsOf, type Neighbour, networkName, networksOf } from '../../../../src/core/names/networks.ts';

const service = (project: string, name: string, internal?: Neighbour['internal']): Neighbour => ({
  project,
  name,
  ...(internal !== undefined && { internal }),
});

test('a service alone in its project has nobody to speak to, and no network', () => {
  const all = [service('shop', 'web'), service('blog', 'web')];
  assert.deepEqual(networksOf({ project: 'shop', name: 'web' }, all), []);
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
  assert.deepEqual(networksOf(web, all), ['shop', 'shop.web.billing', 'shop.web.crm']);
  assert.deepEqual(networksOf({ project: 'shop', name: 'db' }, all), ['shop']);
  assert.deepEqual(networksOf({ project: 'billing', name: 'api' }, all), ['shop.web.billing']);
  assert.deepEqual(networksOf({ project: 'blog', name: 'web' }, all), []);
  assert.deepEqual(grantsOf(service('shop', 'web', true), all), ['billing', 'blog', 'crm']);
});

test('two services that have no project in common and no grant are never on the same network', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const internal = fc.option(fc.oneof(fc.constant(true as const), fc.array(name, { maxLength: 2 })), {
    nil: undefined,
  });
  const one = fc.record({ project: name, name, internal });
  const cluster = fc.uniqueArray(one, { selector: ({ project, name }) => `${project}/${name}`, maxLength: 8 });
  fc.assert(
    fc.property(cluster, (all) => {
      for (const a of all) {
        for (const b of all) {
          const shared = networksOf(a, all).filter((key) => networksOf(b, all).includes(key));
          const mayMeet =
            a.project === b.project || grantsOf(a, all).includes(b.project) || grantsOf(b, all).includes(a.project);
          assert.ok(mayMeet || shared.length === 0, `${shared}`);
        }
      }
    }),
  );
});

test('no project or pair has the network of another, nor the edge', () => {
  const names = ['edge', 'shop', 'shop.web.billing', 'shop-web', 'shop-web.a.b'].map((key) => networkName('c1', key));
  assert.equal(new Set([...names, 'orca-c1-edge']).size, names.length + 1);
});
