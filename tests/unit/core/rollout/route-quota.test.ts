import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overRouteQuota, ROUTE_QUOTA, routeCount } from '../../../../src/core/rollout/route-quota.ts';
import { spec } from './spec.ts';

const named = (count: number) => Array.from({ length: count }, (_, i) => `d${i}.test`);
const routed = (name: string, domains: number, paths: number, project = 'shop') =>
  spec({
    project,
    name,
    domains: named(domains),
    routes: Array.from({ length: paths }, (_, i) => ({ path: `/p${i}`, stripPrefix: false })),
  });

test('a service may have its quota of pairs, and not one more; both numbers are told', () => {
  assert.equal(routeCount(routed('web', 10, 100)), ROUTE_QUOTA.perService);
  assert.equal(overRouteQuota(routed('web', 10, 100), [], ROUTE_QUOTA), undefined);
  const { message = '', hint = '' } = overRouteQuota(routed('web', 11, 91), [], ROUTE_QUOTA) ?? {};
  assert.match(message, /^web asks for 1001 routes \(11 domains with 91 paths each\), and a service may have 1000$/);
  assert.match(hint, /quotas\.routes_per_service/);
});

test('the services of a project share its quota; those of others, and what the service had before, count for nothing', () => {
  const others = [routed('a', 5, 10), routed('b', 4, 10), routed('web', 9, 10), routed('x', 9, 10, 'blog')];
  const quota = { perService: 100, perProject: 100 };
  assert.equal(overRouteQuota(routed('web', 1, 10), others, quota), undefined);
  const { message = '', hint = '' } = overRouteQuota(routed('web', 1, 11), others, quota) ?? {};
  assert.match(message, /web asks for 11 routes, the other services of shop have 90, and a project may have 100/);
  assert.match(hint, /quotas\.routes_per_project/);
});

test('a long route counts as several, so that the quotas bound the bytes of a table, too', () => {
  const long = { ...routed('web', 2, 0), routes: [{ path: `/${'x'.repeat(1015)}`, stripPrefix: false }] };
  assert.equal(routeCount(long), 8);
  const { message = '' } = overRouteQuota(long, [], { perService: 7, perProject: 100 }) ?? {};
  assert.match(message, /^web asks for 8 routes \(2 domains with 1 paths each; one over 256 bytes counts as several\)/);
});

test('a service without a domain is never over a quota', () => {
  const full = [routed('a', 10, 10)];
  assert.equal(overRouteQuota(spec({ domains: [], routes: [] }), full, { perService: 1, perProject: 1 }), undefined);
});
