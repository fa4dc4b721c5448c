import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeView } from '../../../../src/core/schedule/node-view.ts';
import { place } from '../../../../src/core/schedule/place.ts';
import type { Seat } from '../../../../src/core/schedule/seat.ts';
import type { Wanted } from '../../../../src/core/schedule/wanted.ts';
import { MI, node, seat, slots, wanted } from './place-of.ts';

const where = (of: Wanted, count: number, nodes: readonly NodeView[], seats: readonly Seat[] = []) =>
  [...place(of, slots(count), nodes, seats).values()].map((placed) => placed.node?.id ?? placed.why);

const why = (of: Wanted, nodes: readonly NodeView[], seats: readonly Seat[] = [], slot = 1) =>
  place(of, [slot], nodes, seats).get(slot)?.why;

const port = (host: number, address = '127.0.0.1') => ({ address, host, container: 80, protocol: 'tcp' as const });

describe('a task goes to', () => {
  it('a node that requests reach, if any come to its service', () => {
    const nodes = [node('a', { unserved: 'it is not reached' }), node('b')];
    assert.deepEqual(where(wanted('web', { isServed: true }), 2, nodes), ['b', 'b']);
    assert.deepEqual(where(wanted('web'), 2, nodes), ['a', 'b']);
    assert.equal(why(wanted('web', { isServed: true }), nodes.slice(0, 1)), 'node-a: it is not reached');
  });

  it('the node with the fewest tasks of its service', () => {
    const web = wanted('web');
    assert.deepEqual(where(web, 4, [node('a'), node('b'), node('c')]), ['a', 'b', 'c', 'a']);
    assert.deepEqual(where(web, 2, [node('a'), node('b')], [seat(web, 'a', 7)]), ['b', 'a']);
  });

  it('then the value of the label with the fewest', () => {
    const zones = [node('a', { labels: { zone: '1' } }), node('b', { labels: { zone: '1' } })];
    const nodes = [...zones, node('c', { labels: { zone: '2' } }), node('d')];
    assert.deepEqual(where(wanted('web', { placement: { spread: 'zone' } }), 4, nodes), ['a', 'c', 'd', 'b']);
  });

  it('then the node with the least reserved, of memory or of CPU', () => {
    const nodes = [node('a'), node('b')];
    assert.deepEqual(where(wanted('web'), 1, nodes, [seat(wanted('db', { reserve: { memory: 512 * MI } }), 'a')]), [
      'b',
    ]);
    assert.deepEqual(where(wanted('web'), 1, nodes, [seat(wanted('db', { reserve: { cpu: 1 } }), 'a')]), ['b']);
  });

  it('then a node that has the image, where nodes are within 5 % of each other', () => {
    const web = (id: string) => wanted('web', { image: { on: new Set([id]), failed: new Map() } });
    assert.deepEqual(where(web('b'), 1, [node('a'), node('b')]), ['b']);
    const heavy = seat(wanted('db', { reserve: { memory: 512 * MI } }), 'b');
    assert.deepEqual(where(web('b'), 1, [node('a'), node('b')], [heavy]), ['a']);
  });

  it('then the node with the fewest tasks, then the first by id', () => {
    const small = (name: string) => wanted(name, { reserve: { memory: MI, cpu: 0.01 } });
    assert.deepEqual(where(wanted('web'), 1, [node('b'), node('a')]), ['a']);
    assert.deepEqual(where(wanted('web'), 1, [node('b'), node('a')], [seat(small('x'), 'a')]), ['b']);
  });

  it('where its slot is, whatever is better elsewhere', () => {
    const web = wanted('web');
    const seats = [seat(web, 'a', 1), seat(web, 'a', 2), seat(wanted('db', { reserve: { memory: 900 * MI } }), 'a')];
    assert.deepEqual(where(web, 3, [node('a'), node('b')], seats), ['a', 'a', 'b']);
  });

  it('where its slot is, on a node that has too little and had it before', () => {
    const web = wanted('web', { reserve: { memory: 800 * MI } });
    const seats = [seat(web, 'a', 1), seat(wanted('db', { reserve: { memory: 900 * MI } }), 'a')];
    assert.deepEqual(where(web, 1, [node('a'), node('b')], seats), ['a']);
    assert.deepEqual(where({ ...web, reserve: { memory: 801 * MI } }, 1, [node('a'), node('b')], seats), ['b']);
  });

  it('the node whose name or id is written, and to no other', () => {
    const nodes = [node('a'), node('b', { availability: 'drained' })];
    assert.deepEqual(where(wanted('web', { placement: { node: 'node-a' } }), 2, nodes), ['a', 'a']);
    assert.deepEqual(where(wanted('web', { placement: { node: 'a' } }), 1, nodes), ['a']);
    assert.deepEqual(where(wanted('web', { placement: { node: 'node-b' } }), 1, nodes), ['node-b: it is drained']);
  });

  it('the node with the data of its volumes; the first task decides for the others', () => {
    const db = wanted('db', { pins: ['shop_data'] });
    const nodes = [node('a'), node('b')];
    assert.deepEqual(where(db, 1, nodes, [seat(wanted('old', { pins: ['shop_data'] }), 'b')]), ['b']);
    assert.deepEqual(where(db, 3, nodes), ['a', 'a', 'a']);
  });
});

describe('a node is refused', () => {
  const full = [seat(wanted('db', { reserve: { memory: 900 * MI, cpu: 3.5 } }), 'a')];

  it('in words of its own', () => {
    assert.equal(why(wanted('web'), [node('a', { status: 'down' })]), 'node-a: it is down');
    assert.equal(why(wanted('web'), [node('a', { status: 'suspect' })]), 'node-a: it does not answer');
    assert.equal(why(wanted('web'), [node('a', { availability: 'draining' })]), 'node-a: it is being drained');
    assert.equal(why(wanted('web'), [node('a', { availability: 'maintenance' })]), 'node-a: it is in maintenance');
    const ssd = wanted('web', { placement: { labels: { disk: 'ssd' } } });
    assert.equal(why(ssd, [node('a', { labels: { disk: 'hdd' } })]), 'node-a: it has no label disk=ssd');
    assert.equal(
      why(wanted('web', { reserve: { memory: 512 * MI } }), [node('a')], full),
      'node-a: not enough memory (512 MiB wanted, 124 MiB of 1.0 GiB not reserved)',
    );
    assert.equal(
      why(wanted('web', { reserve: { cpu: 1 } }), [node('a')], full),
      'node-a: not enough CPU (1 core wanted, 0.5 cores of 4 cores not reserved)',
    );
    const published = wanted('web', { ports: [port(9000)] });
    assert.equal(
      why(published, [node('a')], [seat(wanted('other', { ports: [port(9000, '0.0.0.0')] }), 'a')]),
      'node-a: its port 9000/tcp is taken',
    );
    assert.equal(
      why(wanted('db', { pins: ['shop_data'] }), [node('b')], [seat(wanted('x', { pins: ['shop_data'] }), 'gone')]),
      'node-b: the volume shop_data is on gone, which is no node any more',
    );
  });

  it('for nothing that is not known of it', () => {
    assert.deepEqual(where(wanted('web', { reserve: { memory: 1e15 } }), 1, [node('a', { capacity: undefined })]), [
      'a',
    ]);
  });

  it('and nodes of one reason are told together, with the best of them', () => {
    const nodes = [
      node('a'),
      node('b', { capacity: { memory: 256 * MI, cpu: 4 } }),
      node('c', { availability: 'drained' }),
    ];
    assert.equal(
      why(wanted('web', { reserve: { memory: 512 * MI } }), nodes, full),
      '2 nodes: not enough memory (512 MiB wanted, at most 256 MiB of 256 MiB not reserved); node-c: it is drained',
    );
    assert.equal(why(wanted('web'), []), 'there is no node');
  });

  it('node by node for who wants to know', () => {
    const placed = place(
      wanted('web'),
      [1],
      [node('b', { status: 'down' }), node('a', { availability: 'drained' })],
      [],
    );
    const [first] = placed.values();
    const refused = first && 'refused' in first ? first.refused : [];
    assert.deepEqual(
      refused.map(({ node: { name }, why: reason }) => [name, reason]),
      [
        ['node-a', 'it is drained'],
        ['node-b', 'it is down'],
      ],
    );
  });
});

describe('a name of a node', () => {
  const named = (name: string) => wanted('web', { placement: { node: name } });

  it('that is none gets the candidates', () => {
    const nodes = [node('a', { name: 'worker-1' }), node('b', { name: 'db-host' })];
    assert.equal(why(named('worker-2'), nodes), 'no node is called worker-2: did you mean worker-1?');
    assert.equal(why(named('elsewhere'), nodes), 'no node is called elsewhere: there are db-host, worker-1');
    assert.equal(why(named('web'), []), 'no node is called web: there is no node');
    const many = slots(12).map((number) => node(`n${number}`, { name: `worker-${String(number).padStart(2, '0')}` }));
    assert.match(why(named('elsewhere'), many) ?? '', /: there are worker-01, .*, worker-10 and 2 more$/);
  });

  it('that is ambiguous too', () => {
    const nodes = [node('a', { name: 'local' }), node('local', { name: 'b' })];
    assert.equal(why(named('local'), nodes), 'several nodes are called local: local (id a), b (id local)');
  });
});

describe('why a node was chosen', () => {
  it('is told with each placement', () => {
    const nodes = [node('a', { labels: { zone: '1' } }), node('b', { labels: { zone: '2' } })];
    const web = wanted('web', { placement: { spread: 'zone' }, reserve: { memory: 512 * MI } });
    assert.equal(why(web, nodes), 'no task of web is there yet, zone=1 has none, 0 % of it is reserved');
    assert.equal(
      why(web, nodes, [seat(web, 'a', 1)], 2),
      'no task of web is there yet, zone=2 has none, 0 % of it is reserved',
    );
    assert.equal(why(web, nodes, [seat(web, 'a', 1)], 1), 'web.1 stays where it is');
    assert.equal(why(web, [node('a')]), '', 'there is no other');
    assert.equal(why(wanted('web', { placement: { node: 'a' } }), nodes), '`placement.node` names it');
    const db = wanted('db', { pins: ['shop_data'] });
    assert.equal(why(db, nodes, [seat(wanted('x', { pins: ['shop_data'] }), 'b')]), 'the volume shop_data is there');
  });
});
