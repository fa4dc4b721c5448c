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
  assert.deepEqual(buildNames([named('db')], NAMING), { names: undefined });
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
