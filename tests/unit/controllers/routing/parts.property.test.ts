import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createNodeTables, isSameWhole } from '../../../../src/controllers/node-tables.ts';
import { bytesOf, createParts } from '../../../../src/controllers/routing/parts.ts';
import { buildNames, rememberNames } from '../../../../src/core/names/build-names.ts';
import { buildTable, inOrder, joinParts } from '../../../../src/core/route/build-table.ts';
import { isTable } from '../../../../src/core/route/messages.ts';
import { peersOf, type RelayNode } from '../../../../src/core/route/peers.ts';
import { changes, histories, START_SEEN } from './random-services.ts';

const NONE: readonly RelayNode[] = [];
const wholeOf = (parts: ReturnType<ReturnType<typeof createParts>>) => ({
  parts,
  names: new Map(),
  api: undefined,
  relays: NONE,
});
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

test('with relays each node is told of every task of the others, as often as there are some, and of none twice', () => {
  fc.assert(
    fc.property(changes, (all) => {
      const partsOf = createParts();
      const tablesOf = createNodeTables('local');
      const relays = [
        { id: 'local', relay: { port: 1 } },
        { id: 'b', ingress: true, relay: { port: 2, address: '10.0.0.2', master: '10.0.0.1' } },
      ];
      for (const services of histories(all)) {
        const { of } = tablesOf(ID, { ...wholeOf(partsOf(inOrder(services))), relays });
        const nodeOf = new Map(services.flatMap(({ tasks }) => tasks.map(({ task }) => [task.id, task.node])));
        const { pools, targets } = buildTable(services);
        const revisions = new Map(targets.map(({ task, revision }) => [task, revision]));
        const isOn = (node: string, task: string) => nodeOf.get(task) === node && revisions.has(task);
        for (const [here, there] of [
          ['local', 'b'],
          ['b', 'local'],
        ] as const) {
          const table = of(here);
          assert.ok(isTable(table));
          assert.deepEqual(
            table.peers?.map(({ node }) => node),
            [there],
          );
          for (const [at, pool] of pools.entries()) {
            for (const [index, share] of pool.shares.entries()) {
              const cut = table.pools[at]?.shares[index];
              assert.deepEqual(
                cut?.targets,
                share.targets.filter((task) => isOn(here, task)),
              );
              const told = (cut?.others ?? []).flatMap(({ node, revision, weight }) =>
                Array(weight).fill(`${node} ${revision}`),
              );
              const away = share.targets.filter((task) => isOn(there, task));
              assert.deepEqual(told.sort(), away.map((task) => `${there} ${revisions.get(task)}`).sort());
            }
          }
        }
      }
    }),
  );
});

test('a node that nobody knows the address of is let in, and sent nothing', () => {
  const nodes = [{ id: 'local', relay: { port: 1 } }, { id: 'b', relay: { port: 2 } }, { id: 'c' }];
  assert.deepEqual(peersOf('local', nodes), [{ node: 'b' }]);
  const through = (id: string) => `@door-${id}`;
  assert.deepEqual(peersOf('local', nodes, { through }), [{ node: 'b', through: '@door-b' }]);
  assert.deepEqual(peersOf('b', nodes), [{ node: 'local' }]);
  assert.deepEqual(peersOf('c', nodes), [], 'it takes no part');
  const known = { id: 'b', ingress: true, relay: { port: 2, address: '10.0.0.2', master: '10.0.0.1' } };
  assert.deepEqual(peersOf('local', [known, ...nodes.slice(0, 1)]), [{ node: 'b', address: '10.0.0.2', port: 2 }]);
  assert.deepEqual(peersOf('b', [known, ...nodes.slice(0, 1)]), [{ node: 'local', address: '10.0.0.1', port: 1 }]);
  assert.deepEqual(peersOf('b', [known, ...nodes.slice(0, 1)], { through }), [
    { node: 'local', address: '10.0.0.1', port: 1 },
  ]);
  const inner = { ...known, ingress: false };
  assert.deepEqual(peersOf('b', [inner, ...nodes.slice(0, 1)]), [{ node: 'local' }], 'it has none to send');
});
