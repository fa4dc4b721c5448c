import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { NodeView } from '../../../../src/core/schedule/node-view.ts';
import { place } from '../../../../src/core/schedule/place.ts';
import type { Seat } from '../../../../src/core/schedule/seat.ts';
import type { Wanted } from '../../../../src/core/schedule/wanted.ts';
import { often } from '../../../lab/often.ts';
import { MI, node, seat, slots, wanted } from './place-of.ts';
import { heldOn, placeNaively, takes } from './reference.ts';

const RUNS = { numRuns: often(300, 'ORCA_PROPERTY_RUNS') };
const IDS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

/** Powers of two: sums of them are exact, in whatever order. */
const reserve = fc.record({
  memory: fc.constantFrom(0, 64, 128, 256, 512).map((mi) => mi * MI),
  cpu: fc.constantFrom(0.25, 0.5, 1, 2),
});
const nodes: fc.Arbitrary<NodeView[]> = fc.subarray([...IDS]).chain((ids) =>
  fc.tuple(
    ...ids.map((id) =>
      fc
        .record({
          status: fc.constantFrom<NodeView['status'][]>('ready', 'ready', 'ready', 'suspect', 'down'),
          availability: fc.constantFrom<NodeView['availability'][]>(
            'active',
            'active',
            'active',
            'draining',
            'maintenance',
          ),
          labels: fc.constantFrom<Record<string, string>[]>(
            {},
            { zone: '1' },
            { zone: '2' },
            { zone: '1', disk: 'ssd' },
          ),
          unserved: fc.option(fc.constant('it is not reached'), { nil: undefined }),
          capacity: fc.record({ memory: fc.constantFrom(256 * MI, 1024 * MI), cpu: fc.constantFrom(1, 4) }),
        })
        .map((wish) => node(id, wish)),
    ),
  ),
);
const service: fc.Arbitrary<Wanted> = fc
  .record({
    name: fc.constantFrom('web', 'db', 'cache'),
    reserve,
    isServed: fc.boolean(),
    pins: fc.constantFrom<string[][]>([], [], [], ['data'], ['data', 'logs']),
    placement: fc.constantFrom<Wanted['placement'][]>(
      {},
      {},
      { spread: 'zone' },
      { labels: { zone: '1' } },
      { labels: { disk: 'ssd' }, spread: 'zone' },
      { node: 'node-b' },
    ),
    image: fc.option(
      fc.record({
        on: fc.subarray([...IDS]).map((ids) => new Set<string>(ids)),
        failed: fc.subarray([...IDS]).map((ids) => new Map<string, string>(ids.map((id) => [id, 'no such image']))),
      }),
      { nil: undefined },
    ),
  })
  .map(({ name, ...wish }) => wanted(name, wish));
const seats: fc.Arbitrary<Seat[]> = fc.array(
  fc
    .record({ of: service, on: fc.constantFrom(...IDS, 'gone'), slot: fc.integer({ min: 1, max: 4 }) })
    .map(({ of, on, slot }) => seat(of, on, slot)),
  { maxLength: 12 },
);
const world = fc.record({ nodes, seats, of: service, count: fc.integer({ min: 0, max: 8 }) });

const where = (of: Wanted, count: number, on: readonly NodeView[], held: readonly Seat[]) =>
  new Map([...place(of, slots(count), on, held)].map(([slot, placed]) => [slot, placed.node?.id]));

test('placing is what the reference makes of the same rules', () => {
  fc.assert(
    fc.property(world, ({ nodes: on, seats: held, of, count }) => {
      assert.deepEqual(where(of, count, on, held), placeNaively(of, slots(count), on, held));
    }),
    RUNS,
  );
});

test('nothing is placed on a node that refuses it, nothing over its capacity, and no slot is lost', () => {
  fc.assert(
    fc.property(world, ({ nodes: on, seats: held, of, count }) => {
      let all = held;
      const placed = place(of, slots(count), on, held);
      assert.deepEqual([...placed.keys()], slots(count));
      for (const [slot, { node: found, why }] of placed) {
        assert.equal(why === '', found !== undefined && on.length === 1);
        if (!found)
          assert.deepEqual(
            on.filter((one) => takes(of, slot, one, all)),
            [],
          );
        if (!found) continue;
        assert.ok(takes(of, slot, found, all), `${of.name}.${slot} on ${found.id}`);
        const before = all;
        all = [...all, { ...of, node: found.id, slot }];
        for (const what of ['memory', 'cpu'] as const) {
          const [was, is] = [heldOn(found, what, before), heldOn(found, what, all)];
          assert.ok(is <= Math.max(was, found.capacity?.[what] ?? 0), `${what} of ${found.id}: ${was} -> ${is}`);
        }
      }
    }),
    RUNS,
  );
});

test('the order in which nodes and seats are told changes nothing', () => {
  const shuffled = world.chain((of) =>
    fc.record({
      of: fc.constant(of),
      nodes: fc.shuffledSubarray(of.nodes, { minLength: of.nodes.length }),
      seats: fc.shuffledSubarray(of.seats, { minLength: of.seats.length }),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ of, nodes: on, seats: held }) => {
      assert.deepEqual(place(of.of, slots(of.count), on, held), place(of.of, slots(of.count), of.nodes, of.seats));
    }),
    RUNS,
  );
});

test('what is placed stays: asked again, and when a node comes', () => {
  fc.assert(
    fc.property(world, fc.boolean(), ({ nodes: on, seats: held, of, count }, joins) => {
      const others = held.filter(({ service: key }) => key !== of.service);
      const first = where(of, count, on, others);
      const settled = [...first].flatMap(([slot, id]) => (id === undefined ? [] : [seat(of, id, slot)]));
      const second = where(of, count, joins ? [...on, node('0')] : on, [...others, ...settled]);
      for (const [slot, id] of first) if (id !== undefined) assert.equal(second.get(slot), id);
    }),
    RUNS,
  );
});

test('where nothing else binds, nodes differ by one task of a service at most, and so do zones of the same size', () => {
  const free = fc.record({
    perZone: fc.integer({ min: 1, max: 3 }),
    zones: fc.integer({ min: 1, max: 3 }),
    count: fc.integer({ min: 0, max: 20 }),
    others: fc.array(fc.tuple(fc.constantFrom('db', 'cache'), fc.nat(8), fc.integer({ min: 1, max: 4 })), {
      maxLength: 10,
    }),
  });
  fc.assert(
    fc.property(free, ({ perZone, zones, count, others }) => {
      const zoneOf = (at: number) => String(at % zones);
      const on = Array.from({ length: perZone * zones }, (_, at) => node(String(at), { labels: { zone: zoneOf(at) } }));
      const held = others.map(([name, at, slot]) => seat(wanted(name), String(at % on.length), slot));
      const placed = [...where(wanted('web', { placement: { spread: 'zone' } }), count, on, held).values()];
      const countsOf = (values: readonly string[], of: (id: string | undefined) => string | undefined) =>
        values.map((value) => placed.filter((id) => of(id) === value).length);
      const byNode = countsOf(
        on.map(({ id }) => id),
        (id) => id,
      );
      const byZone = countsOf([...new Set(on.map((_, at) => zoneOf(at)))], (id) => zoneOf(Number(id)));
      for (const counts of [byNode, byZone]) assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
    }),
    RUNS,
  );
});

test('a host port is once on each node', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }), (size, count) => {
      const on = IDS.slice(0, size).map((id) => node(id));
      const port = { address: '127.0.0.1', host: 9000, container: 80, protocol: 'tcp' as const };
      const placed = [...where(wanted('web', { ports: [port] }), count, on, []).values()];
      const found = placed.filter((id) => id !== undefined);
      assert.equal(new Set(found).size, found.length);
      assert.equal(found.length, Math.min(size, count));
    }),
    RUNS,
  );
});
