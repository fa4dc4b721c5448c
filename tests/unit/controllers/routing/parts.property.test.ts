import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createNodeTables, isSameWhole } from '../../../../src/controllers/node-tables.ts';
import { bytesOf, createParts } from '../../../../src/controllers/routing/parts.ts';
import { buildNames, rememberNames } from '../../../../src/core/names/build-names.ts';
import { buildTable, inOrder, joinParts } from '../../../../src/core/route/build-table.ts';
import { changes, histories, START_SEEN } from './random-services.ts';

const wholeOf = (parts: ReturnType<ReturnType<typeof createParts>>) => ({ parts, names: new Map(), api: undefined });
const ID = { cluster: 'c', term: 1, revision: 1 };

test('a table put together from parts is the one made anew, whatever changed before, and its size is that of its text', () => {
  fc.assert(
    fc.property(changes, (all) => {
      const partsOf = createParts();
      for (const services of histories(all)) {
        const parts = partsOf(inOrder(services));
        const table = buildTable(services);
        assert.deepEqual(joinParts(parts), table);
        assert.equal(bytesOf(parts), Buffer.byteLength(JSON.stringify(table)));
      }
    }),
  );
});

test('two wholes are the same exactly if their text is, also where everything was made anew', () => {
  fc.assert(
    fc.property(changes, (all) => {
      const partsOf = createParts();
      let before = wholeOf([]);
      for (const services of histories(all)) {
        const whole = wholeOf(partsOf(inOrder(services)));
        const [was, is] = [before, whole].map(({ parts }) => JSON.stringify(parts.map((one) => [one, [...one.nodes]])));
        const isEmptyToo = whole.parts.length === before.parts.length;
        if (isEmptyToo) assert.equal(isSameWhole(before, whole), was === is);
        before = whole;
      }
    }),
  );
});

test('the tables of nodes have each task of the whole once, on its own node, and all routes each', () => {
  fc.assert(
    fc.property(changes, (all) => {
      const partsOf = createParts();
      const tablesOf = createNodeTables('local');
      for (const services of histories(all)) {
        const { listed, of } = tablesOf(ID, wholeOf(partsOf(inOrder(services))));
        const { routes, targets, pools } = buildTable(services);
        const [here, there] = [of('local'), of('b')];
        assert.deepEqual([here.routes, there.routes], [routes, routes]);
        const nodeOf = new Map(services.flatMap(({ tasks }) => tasks.map(({ task }) => [task.id, task.node])));
        const on = (node: string) => targets.filter(({ task }) => nodeOf.get(task) === node);
        assert.deepEqual([here.targets, there.targets], [on('local'), on('b')]);
        const routed = pools.flatMap(({ shares }) => shares.flatMap((share) => share.targets));
        assert.deepEqual([...listed].sort(), routed.sort());
      }
    }),
  );
});

test('names that are remembered are those made anew, whatever changed before and while time passes', () => {
  fc.assert(
    fc.property(changes, fc.array(fc.nat(3_000), { maxLength: 12 }), (all, waits) => {
      const remembered = rememberNames();
      const networks = { shop: { network: 'net-shop' }, crm: { network: 'net-crm' } };
      let now = START_SEEN;
      for (const [index, services] of [...histories(all)].entries()) {
        now += waits[index] ?? 0;
        const containers = services.flatMap(({ tasks }) => tasks.flatMap(({ container }) => container ?? []));
        const naming = { subnet: '10.208.0.0/20', networks, containers, now };
        const told = remembered(services, naming);
        assert.deepEqual(told, buildNames(services, naming));
        assert.equal(remembered(services, naming).names, told.names, 'nothing has changed');
      }
    }),
  );
});
