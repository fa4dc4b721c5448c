import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import type { ObservedContainer } from '../../../../src/core/model/container.ts';
import type { ServiceSpec } from '../../../../src/core/model/service-spec.ts';
import type { Task } from '../../../../src/core/model/task.ts';
import { buildNames } from '../../../../src/core/names/build-names.ts';
import { isNames } from '../../../../src/core/names/is-names.ts';
import type { RoutedService } from '../../../../src/core/route/build-table.ts';
import { revision, service, task } from '../../controllers/support/shop.ts';
import { spec } from '../rollout/spec.ts';

const NETWORK = 'orca-c1.shop';
const NAMING = { subnet: '10.208.0.0/20', networks: { shop: { network: NETWORK } }, containers: [], now: 100_000 };

interface Wish {
  readonly spec?: Partial<ServiceSpec>;
  readonly task?: Partial<Task>;
  readonly container?: Partial<ObservedContainer>;
}

/** A service of one task that serves, on the network of its project. */
function named(name: string, wish: Wish = {}): RoutedService {
  const its = spec({ name, port: 8080, ...wish.spec });
  const id = `${name}-1`;
  const container: ObservedContainer = {
    id: `c-${id}`,
    name: id,
    labels: {},
    state: 'running',
    startedAt: engineTime(1),
    startSeenAt: 1,
    stateSince: 1,
    oomKilled: false,
    restarts: 0,
    networks: { [NETWORK]: '10.208.16.2' },
    ...wish.container,
  };
  const its1 = task({ id, service: name, networks: { shop: '10.208.16.2' }, address: '10.208.0.2', ...wish.task });
  const target = revision({ service: name, spec: its, hash: its1.hash });
  return { service: service({ name }), target, tasks: [{ task: its1, spec: its, container }] };
}

const tasksOf = (of: RoutedService, now = NAMING.now) => {
  const { names } = buildNames([of, named('other')], { ...NAMING, now });
  return names?.services.find(({ name }) => name === of.service.name)?.tasks;
};

test('a project of one service has no names at all, so that its table is what it was', () => {
  const alone = named('db', { task: { networks: undefined }, container: { networks: undefined } });
  assert.deepEqual(buildNames([alone], NAMING), { names: undefined });
});

test('a task whose neighbours have all gone is named as long as it is on their network: its planner waits for that', () => {
  assert.deepEqual(buildNames([named('db')], NAMING).names?.services[0]?.tasks.length, 1);
});

const PAIR = { network: 'orca-c1.shop.billing', address: '10.208.20.2' };
const WITH_PAIR = { ...NAMING, networks: { ...NAMING.networks, 'shop.billing': { network: PAIR.network } } };
const onPair: Wish = {
  task: { networks: { 'shop.billing': PAIR.address } },
  container: { networks: { [PAIR.network]: PAIR.address } },
};
const billing = (wish: Wish = {}): RoutedService => {
  const of = named('api', wish);
  return { ...of, service: service({ name: 'api', project: 'billing' }) };
};

test('a grant is told to its project alone, at the address on the network of the two', () => {
  const web = named('web', {
    spec: { internal: ['billing'] },
    task: { networks: { shop: '10.208.16.2', 'shop.billing': PAIR.address } },
    container: { networks: { [NETWORK]: '10.208.16.2', [PAIR.network]: PAIR.address } },
  });
  const { names } = buildNames([web, named('db'), billing(onPair)], WITH_PAIR);
  const [api, db, granted] = names?.services ?? [];
  assert.deepEqual(
    [granted?.to, granted?.tasks[0]?.addresses],
    [['billing'], { shop: '10.208.16.2', billing: PAIR.address }],
  );
  assert.deepEqual(db?.to, []);
  assert.deepEqual(
    api?.tasks,
    [{ task: 'api-1', probed: true, addresses: {} }],
    'named, as its planner waits, and found by nobody',
  );
});

test('while a rollout runs, what the revision before it grants stays, and what the new one grants begins', () => {
  const web = named('web', { spec: { internal: ['crm'] } });
  const from = revision({ service: 'web', spec: spec({ name: 'web', internal: ['billing'] }) });
  const crm = { ...billing(), service: service({ name: 'api', project: 'crm' }) };
  const toOf = (of: RoutedService) =>
    buildNames([of, billing(), crm], NAMING).names?.services.find(({ name }) => name === 'web')?.to;
  assert.deepEqual(toOf({ ...web, from }), ['billing', 'crm']);
  assert.deepEqual(toOf(web), ['crm']);
});

test('a task that is routed and on the network is named, at its address there', () => {
  const { names } = buildNames([named('web'), named('db')], NAMING);
  assert.ok(isNames(names));
  assert.deepEqual(names.services[0], {
    project: 'shop',
    name: 'db',
    to: [],
    tasks: [{ task: 'db-1', probed: true, addresses: { shop: '10.208.16.2' } }],
  });
});

test('a task that is not routed, does not run, or is not seen on the network yet has no name', () => {
  const wishes: Wish[] = [
    { task: { routed: false } },
    { task: { phase: 'stop', routed: false } },
    { container: { state: 'restarting' } },
    { container: { networks: undefined } },
    { container: { networks: { [NETWORK]: '10.208.16.9' } } },
    { task: { networks: undefined } },
  ];
  for (const wish of wishes) assert.deepEqual(tasksOf(named('db', wish)), [], JSON.stringify(wish));
});

test('without a port a task has its name once it has run for 5 s since its last start, and the table is made again then', () => {
  const restarted = named('db', {
    spec: { port: undefined },
    task: { routedStart: engineTime(1) },
    container: { startedAt: engineTime(2), startSeenAt: 98_000 },
  });
  assert.deepEqual(tasksOf(restarted), []);
  assert.equal(buildNames([restarted, named('other')], NAMING).wakeAt, 103_000);
  assert.equal(tasksOf(restarted, 103_000)?.length, 1);
  const asRouted = named('db', {
    spec: { port: undefined },
    task: { routedStart: engineTime(1) },
    container: { startSeenAt: 99_000 },
  });
  assert.equal(tasksOf(asRouted)?.[0]?.probed, false, 'whoever routed it found it ready');
});

test('an asker is known by its address on the edge from its assignment on, also one that is no task', () => {
  const assigned = named('db', { task: { routed: false, address: '10.208.0.7' }, container: { state: 'created' } });
  const release = { address: '10.208.0.9', labels: { 'orca.project': 'shop' } };
  const stranger = { address: '10.208.0.8', labels: { 'orca.project': 'blog' } };
  const { names } = buildNames([assigned, named('web')], { ...NAMING, containers: [release, stranger] });
  assert.deepEqual(names?.projects, [{ project: 'shop', askers: ['10.208.0.2', '10.208.0.7', '10.208.0.9'] }]);
});

const DB = '10.223.192.2';
const FAR = { addresses: new Map([['shop/db', DB]]), nodes: new Set(['m1', 'm2']) };

/** A service with tasks on other nodes: of each, where it is and what is otherwise about it. */
const withElsewhere = (...wishes: readonly (Wish & { readonly node: string })[]) => {
  const of = named('db', { spec: { port: undefined }, container: { ports: [5432] } });
  const elsewhere = wishes.flatMap(
    ({ node, ...wish }, at) =>
      named('db', {
        spec: { port: undefined },
        ...wish,
        task: { id: `db-${at + 2}`, node, networks: undefined, routedStart: engineTime(1), ...wish.task },
      }).tasks,
  );
  return { ...of, elsewhere };
};
const farOf = (of: ReturnType<typeof withElsewhere>, far: typeof FAR | undefined = FAR) =>
  buildNames([of, named('other')], { ...NAMING, ...(far && { far }) }).names?.services.find(
    ({ name }) => name === 'db',
  );

test('a name leads to tasks of other nodes by the address of its service: how many are up on which node that is reached', () => {
  const of = withElsewhere(
    { node: 'm2' },
    { node: 'm1' },
    { node: 'm1', container: { ports: [80] } },
    { node: 'm1', task: { routed: false } },
    { node: 'm1', container: { state: 'restarting' } },
    { node: 'm3' },
  );
  const found = farOf(of);
  assert.deepEqual(found?.far, {
    address: DB,
    ports: [80, 5432],
    others: [
      { node: 'm1', tasks: 2 },
      { node: 'm2', tasks: 1 },
    ],
  });
  assert.deepEqual(
    found?.tasks.map(({ task, edge }) => [task, edge]),
    [['db-1', '10.208.0.2']],
  );
});

test('while it has no task elsewhere it has its address all the same, and without a reach, or an address, none', () => {
  assert.deepEqual(farOf(withElsewhere())?.far, { address: DB, ports: [5432], others: [] });
  assert.equal(farOf(withElsewhere({ node: 'm1' }), { ...FAR, addresses: new Map() })?.far, undefined);
  const { names } = buildNames([withElsewhere({ node: 'm1' }), named('other')], NAMING);
  assert.ok(
    names?.services.every(({ far, tasks }) => far === undefined && tasks.every(({ edge }) => edge === undefined)),
  );
});

test('a port that the service declares is carried before its task runs', () => {
  const of = { ...named('db', { spec: { port: 9000 } }), tasks: [] };
  assert.deepEqual(farOf({ ...of, elsewhere: [] })?.far?.ports, [9000]);
});
