import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Fate, fateOf, type Home, type Resident } from '../../../../src/core/schedule/fate.ts';
import type { Wanted } from '../../../../src/core/schedule/wanted.ts';
import { wanted } from './place-of.ts';

const home = (wish: Partial<Home> = {}): Home => ({
  id: 'd',
  name: 'node-d',
  availability: 'active',
  labels: { disk: 'ssd' },
  isDown: false,
  ...wish,
});

const say = (wish: Partial<Home>, of: Partial<Wanted> = {}, task: Partial<Resident> = {}): string => {
  const { kind, why }: Fate = fateOf({ wanted: wanted('web', of), slot: 1, ...task }, home(wish));
  return why === '' ? kind : `${kind}: ${why}`;
};

describe('a task on a node that is up', () => {
  it('stays where nothing speaks against it, also through maintenance', () => {
    assert.equal(say({}), 'stays');
    assert.equal(say({ availability: 'maintenance' }), 'stays');
    assert.equal(say({}, { placement: { node: 'd', labels: { disk: 'ssd' } } }), 'stays');
    assert.equal(say({}, { placement: { node: 'node-d' }, pins: ['shop_data'] }), 'stays');
  });

  it('leaves one that is drained, or that its placement does not have any more', () => {
    assert.equal(say({ availability: 'draining' }), 'leaves: node-d is drained');
    assert.equal(say({ availability: 'drained' }), 'leaves: node-d is drained');
    assert.equal(say({}, { placement: { node: 'e' } }), 'leaves: node-d is not where it may be: `placement.node` is e');
    assert.equal(
      say({}, { placement: { labels: { disk: 'hdd' } } }),
      'leaves: node-d is not where it may be: it has no label disk=hdd',
    );
  });

  it('unless something keeps it there', () => {
    const drained = { availability: 'draining' } as const;
    assert.equal(
      say(drained, { pins: ['shop_data'] }),
      'held: node-d is drained: the data of its volume shop_data are on node-d',
    );
    assert.equal(say(drained, { placement: { node: 'd' } }), 'held: node-d is drained: `placement.node` is d');
    assert.equal(
      say(drained, { alone: 'volume shop_nfs' }),
      'held: node-d is drained: a successor would start first, and two tasks cannot have the volume shop_nfs at once',
    );
    assert.equal(say(drained, {}, { runsToEnd: true }), 'held: node-d is drained: web.1 runs to its end');
    assert.match(say({}, { placement: { node: 'e' }, pins: ['shop_data'] }), /^held: .*data of its volume shop_data/);
  });
});

describe('a task on a node that is down', () => {
  it('is lost, whatever else is said of the node', () => {
    assert.equal(say({ isDown: true }), 'lost: node-d is down');
    assert.equal(say({ isDown: true, availability: 'draining' }), 'lost: node-d is down');
    assert.equal(say({ isDown: true }, { placement: { node: 'e' } }), 'lost: node-d is down');
  });

  it('waits where something keeps it there', () => {
    const down = { isDown: true };
    const waits = (of: Partial<Wanted>, task: Partial<Resident> = {}) => say(down, of, task);
    assert.equal(
      waits({ pins: ['shop_data'] }),
      'held: node-d is down: the data of its volume shop_data are on node-d',
    );
    assert.equal(waits({ placement: { node: 'node-d' } }), 'held: node-d is down: `placement.node` is node-d');
    assert.equal(waits({}, { whenLost: 'wait' }), 'held: node-d is down: `placement.when_lost` is wait');
    assert.equal(waits({}, { runsToEnd: true }), 'held: node-d is down: web.1 may still run to its end there');
    assert.equal(
      waits({ alone: 'volume shop_nfs' }),
      'held: node-d is down: web.1 may still run there, and two tasks cannot have the volume shop_nfs at once',
    );
    assert.equal(say({ isDown: true, availability: 'maintenance' }), 'held: node-d is down: it is in maintenance');
    assert.equal(say({ isDown: true, alarm: '2 of 3 were lost' }), 'held: node-d is down: 2 of 3 were lost');
  });
});
