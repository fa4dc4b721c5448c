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

describe('a task on a node whose Docker does not answer', () => {
  const silent = { voice: { kind: 'silent' } } as const;

  it('stays while it serves, unless it would leave anyway', () => {
    const serves = { voice: { kind: 'serves' } } as const;
    assert.equal(say({ isMute: true }, {}, serves), 'stays');
    assert.equal(say({ isMute: true, availability: 'draining' }, {}, serves), 'leaves: node-d is drained');
  });

  it('is lost where it does not serve, and waits for what a lost one waits for', () => {
    const why = 'Docker on node-d does not answer, nor does web.1';
    assert.equal(say({ isMute: true }, {}, silent), `lost: ${why}`);
    assert.match(say({ isMute: true }, { pins: ['shop_data'] }, silent), /^held: .*data of its volume/);
    assert.match(say({ isMute: true }, {}, { ...silent, whenLost: 'wait' }), /^held: .*when_lost/);
    assert.match(say({ isMute: true }, {}, { ...silent, runsToEnd: true }), /^held: .*run to its end/);
    assert.equal(say({ isMute: true, alarm: '2 of 3 were lost' }, {}, silent), `held: ${why}: 2 of 3 were lost`);
  });

  it('is held while nothing tells of it', () => {
    const voice = { kind: 'untold', why: 'nobody knows' } as const;
    assert.equal(say({ isMute: true }, {}, { voice }), 'held: Docker on node-d does not answer: nobody knows');
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
