import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSights } from '../../../../src/controllers/joined/sights.ts';
import type { NodeStatus } from '../../../../src/core/nodes/wire.ts';
import type { Wire } from '../../../../src/tunnel/wire.ts';

const status = (busy: number, total: number, now = 0): NodeStatus => ({
  ...{ now, version: '1', address: '10.0.0.2', checked: true, cpus: 2, load: 0 },
  cpu: { busy, total },
  memory: { total: 2, free: 1 },
});

function open(...told: NodeStatus[]) {
  const time = { steady: 0, wall: 1_000_000 };
  const wire = {
    lastHeard: () => time.steady,
    roundTrip: () => 1,
    status: async () => told.shift() ?? Promise.reject(new Error('it is away')),
  } as unknown as Wire;
  const sights = createSights({ wire: () => wire, steady: () => time.steady, wall: { now: () => time.wall } });
  return { sights, time };
}

test('a node tells how busy it is by two samples, and how long ago is known when it tells no more', async () => {
  const { sights, time } = open(status(0, 0), status(2_500, 10_000));
  await sights.ask('n1');
  assert.deepEqual([sights.of('n1').cpuPercent, sights.of('n1').toldAgo], [undefined, 0]);
  time.steady += 5_000;
  await sights.ask('n1');
  assert.equal(sights.of('n1').cpuPercent, 50);
  time.steady += 60_000;
  await assert.rejects(sights.ask('n1'));
  assert.deepEqual([sights.of('n1').cpuPercent, sights.of('n1').toldAgo], [50, 60_000]);
});

test('samples far apart do not say how busy it is now', async () => {
  const { sights, time } = open(status(0, 0), status(2_500, 10_000));
  await sights.ask('n1');
  time.steady += 31_000;
  await sights.ask('n1');
  assert.equal(sights.of('n1').cpuPercent, undefined);
});

test('a clock that is an hour off is told, and changes nothing else', async () => {
  const { sights, time } = open(status(0, 0, 1_000_000 - 3_600_000));
  await sights.ask('n1');
  time.steady += 1_000;
  const { skew, life, toldAgo } = sights.of('n1');
  assert.deepEqual([skew, life, toldAgo], [-3_600_000, 'ready', 1_000]);
});
