import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCarriage } from '../../../../src/core/names/carriage.ts';
import { isNames } from '../../../../src/core/names/is-names.ts';
import { createLookup } from '../../../../src/core/names/lookup.ts';
import type { Names } from '../../../../src/core/names/names.ts';

const DB = '10.223.192.2';
const ASKER = { shop: '10.208.0.2', billing: '10.208.0.3', spy: '10.208.0.4' };

const NAMES: Names = {
  subnet: '10.208.0.0/20',
  projects: Object.entries(ASKER).map(([project, address]) => ({ project, askers: [address] })),
  services: [
    {
      project: 'shop',
      name: 'db',
      to: ['billing'],
      tasks: [
        { task: 'db-1', probed: false, edge: '10.208.0.9', addresses: { shop: '10.208.16.9' } },
        { task: 'db-2', probed: false, addresses: { shop: '10.208.16.10' } },
      ],
      far: { address: DB, ports: [80, 5432], others: [{ node: 'm1', tasks: 2 }] },
    },
    { project: 'shop', name: 'near', to: [], tasks: [] },
  ],
};
const carriage = createCarriage(NAMES);

test('names that lead to other nodes are names, and damaged ones are not', () => {
  assert.ok(isNames(NAMES));
  const [db] = NAMES.services;
  const bad = [{ address: '192.0.2.1' }, { ports: [0] }, { ports: [65_536] }, { others: [{ node: 'm1' }] }];
  for (const wrong of bad)
    assert.ok(!isNames({ ...NAMES, services: [{ ...db, far: { ...db?.far, ...wrong } }] }), JSON.stringify(wrong));
});

test('a data plane listens for each port of a service that is found from afar, above all ports of others', () => {
  assert.deepEqual(carriage.places, [
    { address: DB, listen: 61_079, port: 80, service: 'shop/db' },
    { address: DB, listen: 62_335, port: 5432, service: 'shop/db' },
  ]);
  assert.deepEqual(createCarriage(undefined).places, []);
});

test('the rule of who is told a name is the rule of whose connections are carried', () => {
  const lookup = createLookup(NAMES);
  for (const [project, asker] of Object.entries(ASKER)) {
    const isTold = lookup(asker, 'db.shop.internal').kind === 'tasks';
    assert.equal(isTold, project !== 'spy', project);
    assert.equal(carriage.projectOf(asker), project);
    assert.equal(carriage.ways(project, 'shop/db') !== undefined, isTold);
    assert.equal(carriage.takes(project, 'shop/db', 5432) !== undefined, isTold);
    assert.equal(carriage.isDenied(project, 'shop/db'), !isTold);
  }
  assert.equal(carriage.projectOf('192.0.2.1'), undefined);
});

test('what comes from another node is for a carried port, and for tasks whose address on the edge is known', () => {
  assert.deepEqual(
    carriage.takes('shop', 'shop/db', 5432)?.map(({ task }) => task),
    ['db-1'],
  );
  assert.equal(carriage.takes('shop', 'shop/db', 22), undefined);
  assert.equal(carriage.takes('shop', 'shop/near', 80), undefined, 'it is not found from afar');
  assert.deepEqual(carriage.ways('shop', 'shop/near'), { others: [], own: [] });
});

test('the address of a service is told behind those of tasks, while it has any elsewhere', () => {
  const told = createLookup(NAMES)(ASKER.shop, 'db');
  assert.ok(told.kind === 'tasks' && told.far === DB);
  const [db, near] = NAMES.services;
  assert.ok(db?.far && near);
  const home = { ...NAMES, services: [{ ...db, far: { ...db.far, others: [] } }, near] };
  const found = createLookup(home)(ASKER.shop, 'db');
  assert.ok(found.kind === 'tasks' && found.far === undefined && found.tasks.length === 2);
});
