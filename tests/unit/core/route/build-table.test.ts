import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import type { ContainerView } from '../../../../src/core/model/container.ts';
import type { Deployment } from '../../../../src/core/model/deployment.ts';
import { buildTable, type RoutedService } from '../../../../src/core/route/build-table.ts';
import { isTable } from '../../../../src/core/route/messages.ts';
import { MAX_TABLE } from '../../../../src/core/route/protocol.ts';
import { explainTooLarge, tooLarge } from '../../../../src/core/route/table-size.ts';
import { deployment, revision, service, task } from '../../controllers/support/shop.ts';
import { spec } from '../rollout/spec.ts';

const container = (id: string): ContainerView => ({
  id: `c-${id}`,
  name: id,
  labels: {},
  state: 'running',
  startedAt: engineTime(1),
  oomKilled: false,
  restarts: 0,
});

interface Wish {
  readonly domains: number;
  readonly paths: number;
  readonly replicas: number;
  readonly length?: number;
}

function routed(name: string, { domains, paths, replicas, length = 1 }: Wish): RoutedService {
  const wanted = spec({
    name,
    domains: Array.from({ length: domains }, (_, i) => `${'x'.repeat(length)}${i}.${name}.test`),
    routes: Array.from({ length: paths }, (_, i) => ({ path: `/p${i}`, stripPrefix: false })),
  });
  const tasks = Array.from({ length: replicas }, (_, i) => {
    const id = `${name}-${i + 1}-abcdefgh`;
    return { task: task({ id, service: name, slot: i + 1 }), spec: wanted, container: container(id) };
  });
  return { service: service({ name }), target: revision({ service: name, spec: wanted }), tasks };
}

const sizeOf = (table: object): number => Buffer.byteLength(JSON.stringify(table));

test('100 domains with 100 paths and 30 replicas make a table that a data plane takes, with the tasks in it once', () => {
  const table = buildTable([routed('web', { domains: 100, paths: 100, replicas: 30 })]);
  assert.equal(table.routes.length, 10_000);
  assert.ok(sizeOf(table) < 1_500_000, `${sizeOf(table)} bytes`);
  assert.equal(JSON.stringify(table.pools).split('web-7-abcdefgh').length - 1, 1);
  assert.deepEqual([...new Set(table.routes.map(({ pool }) => pool))], ['shop/web']);
  assert.ok(isTable({ id: { cluster: 'c', term: 1, revision: 1 }, ...table }));
  assert.equal(tooLarge(table, sizeOf(table)), undefined);
});

test('a service without a domain has targets and no pool', () => {
  const table = buildTable([routed('db', { domains: 0, paths: 0, replicas: 1 })]);
  assert.deepEqual([table.pools, table.routes, table.targets.length], [[], [], 1]);
});

test('of a table over the limit the service with the largest part is the cause, whatever the order', () => {
  const services = [
    routed('a', { domains: 2, paths: 2, replicas: 3 }),
    routed('wide', { domains: 5, paths: 30, replicas: 1, length: 60 }),
    routed('z', { domains: 3, paths: 3, replicas: 2 }),
  ];
  for (const order of [services, services.toReversed()]) {
    const table = buildTable(order);
    const found = tooLarge(table, sizeOf(table), 10_000);
    assert.deepEqual([found?.service, found?.routes, found?.bytes], ['shop/wide', 150, sizeOf(table)]);
  }
  const twins = buildTable(['y', 'b'].map((name) => routed(name, { domains: 2, paths: 2, replicas: 1 })));
  assert.equal(tooLarge(twins, sizeOf(twins), 10)?.service, 'shop/b');
});

test('it is told which service is the cause to those who may know it, and to no others', () => {
  const found = { bytes: 17_600_000, limit: MAX_TABLE, service: 'shop/web', part: 17_500_000, routes: 10_000 } as const;
  assert.equal(
    explainTooLarge(found, (project) => project === 'shop'),
    'the routing table has 17.6 MB, and a data plane takes 16.7, so all routes stay as they were; shop/web has the largest part in it: 17.5 MB for 10000 routes',
  );
  assert.match(
    explainTooLarge(found, () => false),
    /stay as they were; a service of another project has the largest part in it$/,
  );
});

test('a probe names health.host, else the first domain of the revision that its task was made for', () => {
  const domains = ['a.test', 'b.test'];
  const hostFor = (wanted: Partial<ReturnType<typeof spec>>, made = wanted) => {
    const service1 = routed('web', { domains: 1, paths: 1, replicas: 1 });
    const tasks = service1.tasks.map((one) => ({ ...one, spec: spec({ ...made }) }));
    const table = buildTable([{ ...service1, target: revision({ spec: spec({ ...wanted }) }), tasks }]);
    assert.ok(isTable({ id: { cluster: 'c', term: 1, revision: 1 }, ...table }));
    return table.targets[0]?.probe.host;
  };
  const health = { path: '/up', interval: 1000, timeout: 1000, failures: 3, startPeriod: 0 };
  assert.equal(hostFor({ domains, health }), 'a.test');
  assert.equal(hostFor({ domains, health: { ...health, host: 'c.test' } }), 'c.test');
  assert.equal(hostFor({ domains: ['new.test'], health }, { domains, health }), 'a.test', 'no container was touched');
  assert.equal(hostFor({ domains: [], routes: [], health }), undefined);
});

test('in the middle of a cut-over one record decides for all tasks, and the table is the same whatever their records say', () => {
  const spec2 = spec({ name: 'web', domains: ['web.test'] });
  const set = (hash: string, routed: boolean) =>
    [1, 2].map((slot) => {
      const id = `${hash}-${slot}`;
      return { task: task({ id, slot, hash, routed }), spec: spec2, container: container(id) };
    });
  const poolOf = (cutOver: Deployment['cutOver'], tasks: RoutedService['tasks']) => {
    const target = revision({ spec: spec2, hash: 'green' });
    const one = { service: service({ replicas: 2 }), target, deployment: deployment({ cutOver }), tasks };
    return buildTable([one]).pools[0]?.shares[0]?.targets;
  };
  const [blue, green] = [set('blue', true), set('green', false)];
  assert.deepEqual(poolOf(undefined, [...blue, ...green]), ['blue-1', 'blue-2']);
  const cut = { hash: 'green', at: 1 };
  const states = [
    [...blue, ...green],
    [...blue, ...set('green', true)],
    [...set('blue', false).slice(0, 1), ...blue.slice(1), ...green],
  ];
  for (const tasks of states) assert.deepEqual(poolOf(cut, tasks), ['green-1', 'green-2']);
  const beyond = {
    ...green[0],
    task: task({ id: 'green-3', slot: 3, hash: 'green' }),
  } as RoutedService['tasks'][number];
  assert.deepEqual(poolOf(cut, [...green, beyond]), ['green-1', 'green-2']);
  assert.deepEqual(poolOf({ ...cut, done: true }, [...set('blue', false), ...set('green', true)]), [
    'green-1',
    'green-2',
  ]);
});
