import assert from 'node:assert/strict';
import { test } from 'node:test';
import { senderAddress } from '../../../../src/api/webhooks/sender-address.ts';
import { engineTime } from '../../../../src/core/clock.ts';
import { API_POOL, requireNotApi, withApiRoute } from '../../../../src/core/route/api-route.ts';
import { isTable } from '../../../../src/core/route/messages.ts';
import { spec } from '../rollout/spec.ts';

const API = { host: 'hooks.example.com', path: '/api/v1/webhooks/github', address: '127.0.0.1', port: 6880 };
const id = { cluster: 'c', term: 1, revision: 1 };
const shop = {
  pools: [{ name: 'shop/web', service: 'shop/web', shares: [{ weight: 1, targets: ['web-1'] }] }],
  routes: ['/', API.path].map((path) => ({ host: API.host, path, stripPrefix: false, pool: 'shop/web' })),
  targets: [
    {
      task: 'web-1',
      service: 'shop/web',
      revision: 1,
      address: '10.0.0.2',
      port: 80,
      container: 'c',
      startedAt: engineTime(1),
      probe: { port: 80, interval: 1, timeout: 1, failures: 1 },
    },
  ],
};

test("the API's route is one more in a table that a data plane takes, and goes before a service's of the same place", () => {
  const table = withApiRoute(shop, API);
  assert.ok(isTable({ id, ...table }));
  assert.deepEqual(
    table.routes.map(({ path, pool }) => [path, pool]),
    [
      ['/', 'shop/web'],
      [API.path, API_POOL],
    ],
  );
  const [, target] = table.targets;
  assert.deepEqual([target?.address, target?.port, target?.probe.path], ['127.0.0.1', 6880, '/api/v1/health']);
  assert.equal(withApiRoute(shop, undefined), shop);
});

test('a service may have the host, and not that path of it', () => {
  const at = (path: string, host = API.host) => spec({ domains: [host], routes: [{ path, stripPrefix: false }] });
  assert.throws(() => requireNotApi(at(API.path), API), { code: 'conflict', message: /orca's own/ });
  for (const one of [at('/'), at('/api'), at(API.path, 'other.example.com')]) requireNotApi(one, API);
  requireNotApi(at(API.path), undefined);
});

test('wrong signatures are counted by whom the ingress names, and by nobody else', () => {
  const of = (host: string, forwarded: string, address = '127.0.0.1', domain: string | undefined = API.host) =>
    senderAddress({ host, 'x-forwarded-for': forwarded }, address, domain);
  assert.equal(of('hooks.example.com', '6.6.6.6, 203.0.113.9'), '203.0.113.9');
  assert.equal(of('hooks.example.com:8080', '203.0.113.9', '::1'), '203.0.113.9');
  assert.equal(of('127.0.0.1:6880', '203.0.113.9'), '127.0.0.1');
  assert.equal(of('hooks.example.com', '', '127.0.0.1'), '127.0.0.1');
  assert.equal(of('hooks.example.com', '203.0.113.9', '10.0.0.1'), '10.0.0.1');
  assert.equal(
    senderAddress({ host: API.host, 'x-forwarded-for': '203.0.113.9' }, '127.0.0.1', undefined),
    '127.0.0.1',
  );
});
