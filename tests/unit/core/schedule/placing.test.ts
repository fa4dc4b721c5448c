import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterOf } from '../../../../src/core/schedule/cluster.ts';
import { ledgerOf } from '../../../../src/core/schedule/ledger.ts';
import { createPlacing, releaseOf } from '../../../../src/core/schedule/placing.ts';
import { spec } from '../rollout/spec.ts';
import { MI, node } from './place-of.ts';

const cluster = clusterOf([node('a'), node('b'), node('c')]);

test('a slot asked for again in a pass gets the same answer, and the next one reckons with it', () => {
  const place = createPlacing({ cluster, ledger: () => ledgerOf(cluster, []) });
  const web = spec({ reserve: { memory: 600 * MI } });
  const answers = [1, 2, 1, 3, 4].map((slot) => place(web, slot));
  assert.deepEqual(
    answers.map(({ node: found }) => found?.id),
    ['a', 'b', 'a', 'c', undefined],
  );
  assert.equal(answers[2], answers[0]);
});

test('a slot goes to the same node for both revisions of a service', () => {
  const place = createPlacing({ cluster, ledger: () => ledgerOf(cluster, []) });
  const [before, after] = [spec(), spec({ image: 'acme/web:2' })];
  place(before, 1);
  assert.equal(place(before, 2).node?.id, 'b');
  assert.equal(place(after, 2).node?.id, 'b');
});

test('nothing is noted in the ledger that all passes start from', () => {
  const ledger = ledgerOf(cluster, []);
  createPlacing({ cluster, ledger: () => ledger })(spec(), 1);
  assert.equal(ledger.ofService('shop/web').size, 0);
  assert.equal(ledger.holding(0).seats.size, 0);
});

test('a node that has the image of a revision is taken for it', () => {
  const [web, other] = [spec(), spec({ image: 'acme/web:2' })];
  const imageOf = (of: object) => (of === web ? { on: new Set(['c']), failed: new Map() } : undefined);
  const place = () => createPlacing({ cluster, ledger: () => ledgerOf(cluster, []), imageOf });
  assert.equal(place()(web, 1).node?.id, 'c');
  assert.equal(place()(other, 1).node?.id, 'a');
});

test('a node that could not pull the image a moment ago is passed over, and says why', () => {
  const why = 'no registry has the image';
  const failing = (...ids: readonly string[]) =>
    createPlacing({
      cluster,
      ledger: () => ledgerOf(cluster, []),
      imageOf: () => ({ on: new Set(), failed: new Map(ids.map((id) => [id, why])) }),
    })(spec(), 1);
  assert.equal(failing('a', 'b').node?.id, 'c');
  assert.match(failing('a', 'b', 'c').why, /^3 nodes: no registry has the image$/);
});

test('a release command needs neither the room nor the ports of a task', () => {
  const port = { address: '127.0.0.1', host: 9000, container: 80, protocol: 'tcp' as const };
  const full = createPlacing({ cluster, ledger: () => ledgerOf(cluster, []) });
  const web = spec({ reserve: { memory: 5_000 * MI }, ports: [port] });
  assert.equal(full(web, 1).node, undefined);
  assert.equal(full(releaseOf(web), 0).node?.id, 'a');
});
