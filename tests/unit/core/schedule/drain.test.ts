import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { clusterOf } from '../../../../src/core/schedule/cluster.ts';
import { type Drain, type DrainTask, drain } from '../../../../src/core/schedule/drain.ts';
import { ledgerOf } from '../../../../src/core/schedule/ledger.ts';
import type { NodeView } from '../../../../src/core/schedule/node-view.ts';
import type { Wanted } from '../../../../src/core/schedule/wanted.ts';
import { often } from '../../../lab/often.ts';
import { MI, node, seat, wanted } from './place-of.ts';
import { heldOn } from './reference.ts';

const RUNS = { numRuns: often(300, 'ORCA_PROPERTY_RUNS') };

const task = (of: Wanted, on: string, slot = 1, wish: Partial<DrainTask> = {}): DrainTask => ({
  wanted: of,
  slot,
  node: on,
  serves: true,
  parallelism: 1,
  ...wish,
});

const emptying = (tasks: readonly DrainTask[], nodes: readonly NodeView[]): Drain => {
  const cluster = clusterOf(nodes);
  const seats = tasks.map(({ wanted: of, node: on, slot }) => seat(of, on, slot));
  return drain({ node: { id: 'a', name: 'node-a' }, tasks, cluster, ledger: ledgerOf(cluster, seats) });
};

const said = ({ steps, waiting, stuck }: Drain) => [
  ...steps.map((step) => `${step.service}.${step.slot} ${step.kind}${step.kind === 'move' ? ` ${step.to}` : ''}`),
  ...waiting.map(({ slot, why }) => `${slot} waits: ${why}`),
  ...stuck.map(({ slot, why }) => `${slot} is stuck: ${why}`),
];

describe('a node that is drained', () => {
  const two = [node('a', { availability: 'draining' }), node('b')];
  const web = wanted('web');

  it('gives its slots away one after the other, each once its successor serves', () => {
    const [first, second] = [task(web, 'a', 1), task(web, 'a', 2)];
    assert.deepEqual(said(emptying([first, second], two)), ['shop/web.1 move b', '2 waits: web.2 waits for its turn']);
    const starting = task(web, 'b', 1, { serves: false });
    assert.deepEqual(said(emptying([first, second, starting], two)), [
      '1 waits: web.1 starts on another node',
      '2 waits: web.2 waits for its turn',
    ]);
    const moved = task(web, 'b', 1);
    assert.deepEqual(said(emptying([first, second, moved], two)), ['shop/web.1 leave', 'shop/web.2 move b']);
    assert.equal(emptying([moved, task(web, 'b', 2)], two).done, true);
  });

  it('as many at once as the service may', () => {
    const tasks = [1, 2, 3].map((slot) => task(web, 'a', slot, { parallelism: 2 }));
    assert.deepEqual(
      emptying(tasks, two).steps.map(({ slot }) => slot),
      [1, 2],
    );
  });

  it('keeps what cannot go, and says why', () => {
    const say = (of: Partial<Wanted>, nodes = two) => said(emptying([task(wanted('db', of), 'a')], nodes));
    assert.deepEqual(say({ pins: ['shop_data'] }), ['1 is stuck: the data of its volume shop_data are on node-a']);
    assert.deepEqual(say({ placement: { node: 'node-a' } }), ['1 is stuck: `placement.node` is node-a']);
    assert.deepEqual(say({ alone: 'volume shop_nfs' }), [
      '1 is stuck: a successor would start first, and two tasks cannot have the volume shop_nfs at once',
    ]);
    assert.deepEqual(say({}, two.slice(0, 1)), ['1 is stuck: no other node takes it: there is no node']);
    assert.deepEqual(say({ reserve: { memory: 2048 * MI } }), [
      '1 is stuck: no other node takes it: node-b: not enough memory (2.0 GiB wanted, 1.0 GiB of 1.0 GiB not reserved)',
    ]);
  });

  it('lets what runs to its end do so', () => {
    assert.deepEqual(said(emptying([task(web, 'a', 1, { runsToEnd: true })], two)), ['1 waits: web.1 runs to its end']);
  });

  it('says where and why a slot goes', () => {
    const [step] = emptying([task(web, 'a')], [...two, node('c')]).steps;
    assert.equal(step?.reason, 'node-a is drained; on node-b: no task of web is there yet, 0 % of it is reserved');
  });
});

const services = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('web', 'db', 'cache', 'queue'),
    reserve: fc.constantFrom({}, { memory: 256 * MI }, { memory: 512 * MI, cpu: 1 }),
    pins: fc.constantFrom<string[][]>([], [], ['data']),
    placement: fc.constantFrom<Wanted['placement'][]>({}, {}, { spread: 'zone' }, { labels: { zone: '1' } }),
    replicas: fc.integer({ min: 1, max: 5 }),
    parallelism: fc.integer({ min: 1, max: 3 }),
  }),
  { selector: ({ name }) => name, maxLength: 4 },
);
const others = fc.subarray([
  node('b', { labels: { zone: '1' } }),
  node('c', { labels: { zone: '2' } }),
  node('d', { capacity: { memory: 256 * MI, cpu: 1 } }),
  node('e', { status: 'suspect' }),
]);

/** Steps are done one by one, in any order, and what was started serves sometime. */
test('a drain ends with only what it names, never takes a slot away, and moves no more at once than a service may', () => {
  fc.assert(
    fc.property(services, others, fc.infiniteStream(fc.nat(1_000)), (all, rest, dice) => {
      const nodes = [node('a', { availability: 'draining', capacity: { memory: 1e12, cpu: 100 } }), ...rest];
      let tasks = all.flatMap(({ replicas, parallelism, name, ...wish }) =>
        Array.from({ length: replicas }, (_, at) => task(wanted(name, wish), 'a', at + 1, { parallelism })),
      );
      const slots = new Set(tasks.map(keyOf));
      const roll = (size: number): number => (dice.next().value ?? 0) % size;
      for (let round = 0; round < 500; round += 1) {
        const found = emptying(tasks, nodes);
        const starting = tasks.filter(({ serves }) => !serves);
        if (found.steps.length + starting.length === 0) break;
        const at = roll(found.steps.length + starting.length);
        const step = found.steps[at];
        const ready = starting[at - found.steps.length];
        if (ready) tasks = tasks.map((one) => (one === ready ? { ...one, serves: true } : one));
        if (step?.kind === 'leave') tasks = tasks.filter((one) => one.node !== 'a' || keyOf(one) !== keyOf(step));
        if (step?.kind === 'move') {
          const from = tasks.find((one) => keyOf(one) === keyOf(step));
          if (from) tasks = [...tasks, { ...from, node: step.to, serves: false }];
        }
        assert.deepEqual(new Set(tasks.map(keyOf)), slots);
        for (const [service, of] of Map.groupBy(tasks, (one) => one.wanted.service)) {
          const begun = emptying(tasks, nodes).steps.filter((one) => one.kind === 'move' && one.service === service);
          const moving = of.filter((one) => one.node !== 'a' && !one.serves).length + begun.length;
          assert.ok(moving <= (of[0]?.parallelism ?? 0), `${moving} move at once`);
        }
        const seats = tasks.map(({ wanted: of, node: on, slot }) => seat(of, on, slot));
        for (const one of rest) assert.ok(heldOn(one, 'memory', seats) <= (one.capacity?.memory ?? 0));
      }
      const end = emptying(tasks, nodes);
      assert.deepEqual([end.steps, end.waiting], [[], []]);
      const left = tasks.filter((one) => one.node === 'a').map(keyOf);
      assert.deepEqual(left.sort(), end.stuck.map(keyOf).sort());
      assert.equal(end.done, left.length === 0);
    }),
    RUNS,
  );
});

const keyOf = (one: DrainTask | { readonly service: string; readonly slot: number }): string =>
  `${'wanted' in one ? one.wanted.service : one.service} ${one.slot}`;
