import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createNodeTables } from '../../../../src/controllers/node-tables.ts';
import { createParts } from '../../../../src/controllers/routing/parts.ts';
import { rememberNames } from '../../../../src/core/names/build-names.ts';
import { inOrder } from '../../../../src/core/route/build-table.ts';
import { createTableCheck, isTable, readToDataPlane } from '../../../../src/core/route/messages.ts';
import type { RelayNode } from '../../../../src/core/route/peers.ts';
import type { Table } from '../../../../src/core/route/table.ts';
import { applyTableChange, changeBetween } from '../../../../src/core/route/table-change.ts';
import { changes, histories, type ServiceChange, START_SEEN } from './random-services.ts';

const NONE: readonly RelayNode[] = [];
const RELAYS: readonly RelayNode[] = [
  { id: 'local', relay: { port: 1 } },
  { id: 'b', relay: { port: 2, address: '10.0.0.2', master: '10.0.0.1' } },
];

/** The tables that a data plane is given, one after the other. */
function* tablesOf(all: readonly (ServiceChange | 'again')[]): Generator<Table> {
  const partsOf = createParts();
  const namesOf = rememberNames();
  const nodeTables = createNodeTables('local');
  const networks = { shop: { network: 'net-shop' }, crm: { network: 'net-crm' } };
  const api = { host: 'hooks.test', path: '/', address: '10.208.0.1', port: 6880 };
  let revision = 0;
  for (const services of histories(all)) {
    revision += 1;
    const naming = { subnet: '10.208.0.0/20', networks, containers: [], now: START_SEEN };
    const names = new Map([['local', namesOf(services, naming).names]]);
    const parts = partsOf(inOrder(services));
    const whole = { parts, names, api: revision > 2 ? api : undefined, relays: revision > 4 ? RELAYS : NONE };
    yield nodeTables({ cluster: 'c', term: 1, revision }, whole).of('local');
  }
}

/** As a data plane reads it. */
const sent = (before: Table, after: Table) => {
  const read = readToDataPlane(JSON.stringify({ type: 'change', change: changeBetween(before, after) }));
  assert.ok(read?.type === 'change');
  return read.change;
};

test('tables told as changes of the one before are those that were made, whatever changed', () => {
  fc.assert(
    fc.property(changes, (all) => {
      const check = createTableCheck();
      let [made, held]: (Table | undefined)[] = [];
      for (const table of tablesOf(all)) {
        held = made && held ? applyTableChange(held, sent(made, table)) : (JSON.parse(JSON.stringify(table)) as Table);
        assert.deepEqual(held, JSON.parse(JSON.stringify(table)));
        assert.ok(check(held));
        made = table;
      }
    }),
  );
});

test('a change of another table is none of this one', () => {
  const id = { cluster: 'c', term: 1, revision: 1 };
  const first: Table = { id, pools: [], routes: [], targets: [] };
  const change = changeBetween(first, { ...first, id: { ...id, revision: 2 } });
  assert.equal(applyTableChange(first, change)?.id.revision, 2);
  for (const other of [{ revision: 2 }, { term: 2 }, { cluster: 'd' }])
    assert.equal(applyTableChange({ ...first, id: { ...id, ...other } }, change), undefined);
});

test('what is looked at once is believed from then on, and what is new is looked at', () => {
  const check = createTableCheck();
  const id = { cluster: 'c', term: 1, revision: 1 };
  const route = { host: 'a.test', path: '/', stripPrefix: false, pool: 'p/web' };
  const pool = { name: 'p/web', service: 'p/web', shares: [] };
  const table: Table = { id, pools: [pool], routes: [route], targets: [] };
  assert.ok(check(table));
  for (const bad of [
    { ...table, routes: [route, { ...route, path: 1 }] },
    { ...table, pools: [{ ...pool, shares: [{ weight: 1, targets: ['gone'] }] }] },
    { ...table, pools: [] },
    { ...table, id: { ...id, term: -1 } },
  ])
    assert.deepEqual([check(bad), isTable(bad)], [false, false], JSON.stringify(bad));
});
