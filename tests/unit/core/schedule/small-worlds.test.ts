import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeView } from '../../../../src/core/schedule/node-view.ts';
import { place } from '../../../../src/core/schedule/place.ts';
import type { Seat } from '../../../../src/core/schedule/seat.ts';
import type { Wanted } from '../../../../src/core/schedule/wanted.ts';
import { MI, node, seat, slots, wanted } from './place-of.ts';
import { placeNaively } from './reference.ts';

/** Every world of two nodes, up to three slots, and one of these for each question. */
const STATES: Partial<NodeView>[] = [
  {},
  { labels: { zone: '1' } },
  { capacity: { memory: 256 * MI, cpu: 1 } },
  { availability: 'draining' },
  { status: 'down', labels: { zone: '1' } },
];
const RESERVES: Wanted['reserve'][] = [
  { memory: 0, cpu: 0.25 },
  { memory: 256 * MI, cpu: 1 },
];
const PLACEMENTS: Wanted['placement'][] = [{}, { spread: 'zone' }, { labels: { zone: '1' } }, { node: 'node-b' }];
const PINS: string[][] = [[], ['data']];
/** Where slots 1 and 2 are already, and where another service is. */
const SEATED: (string | undefined)[] = [undefined, 'a', 'b'];

function* worlds(): Generator<{ of: Wanted; nodes: NodeView[]; seats: Seat[]; count: number }> {
  for (const a of STATES)
    for (const b of STATES)
      for (const reserve of RESERVES)
        for (const placement of PLACEMENTS)
          for (const pins of PINS)
            for (const first of SEATED)
              for (const second of SEATED)
                for (const other of SEATED) {
                  const of = wanted('web', { reserve, placement, pins });
                  const db = wanted('db', { reserve: { memory: 512 * MI, cpu: 0.5 }, pins });
                  const seats = [
                    ...(first === undefined ? [] : [seat(of, first, 1)]),
                    ...(second === undefined ? [] : [seat(of, second, 2)]),
                    ...(other === undefined ? [] : [seat(db, other)]),
                  ];
                  yield { of, nodes: [node('a', a), node('b', b)], seats, count: 3 };
                }
}

test('in every small world placing is what the reference makes of the same rules', () => {
  let count = 0;
  for (const { of, nodes, seats, count: replicas } of worlds()) {
    const placed = [...place(of, slots(replicas), nodes, seats)].map(([slot, { node: found }]) => [slot, found?.id]);
    assert.deepEqual(
      placed,
      [...placeNaively(of, slots(replicas), nodes, seats)],
      JSON.stringify({ of, nodes, seats }),
    );
    count += 1;
  }
  assert.equal(count, STATES.length ** 2 * RESERVES.length * PLACEMENTS.length * PINS.length * SEATED.length ** 3);
});
