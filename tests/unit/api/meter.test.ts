import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMeter } from '../../../src/api/top/meter.ts';

describe('a meter', () => {
  it('takes two samples, and later one more each time', async () => {
    let taken = 0;
    const meter = createMeter({ sample: async () => ++taken, apart: 1 });
    assert.deepEqual(await meter.read('a'), { before: 1, after: 2 });
    assert.deepEqual(await meter.read('a'), { before: 2, after: 3 });
    assert.deepEqual(await meter.read('b'), { before: 4, after: 5 });
  });

  it('reads once for all who ask meanwhile', async () => {
    let taken = 0;
    const meter = createMeter({ sample: async () => ++taken, apart: 1 });
    const all = await Promise.all(Array.from({ length: 50 }, () => meter.read('a')));
    assert.ok(all.every((pair) => pair === all[0]));
    assert.equal(taken, 2);
  });

  it('has nothing of what is not there, and of what went away between the samples', async () => {
    const left = [1];
    const meter = createMeter({ sample: async () => left.pop(), apart: 1 });
    assert.equal(await meter.read('a'), undefined);
    assert.equal(await meter.read('a'), undefined);
  });

  it('never samples more than 16 at once', async () => {
    let [now, most] = [0, 0];
    const sample = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((done) => setImmediate(done));
      now -= 1;
      return 1;
    };
    const meter = createMeter({ sample, apart: 1 });
    await Promise.all(Array.from({ length: 200 }, (_, index) => meter.read(String(index))));
    assert.equal(most, 16);
  });

  it('gives up on what hangs, and on what waits behind it; a failure is not kept', async () => {
    let hangs = true;
    const sample = (_: string, signal: AbortSignal) =>
      hangs
        ? new Promise<number>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        : Promise.resolve(1);
    const meter = createMeter({ sample, apart: 1, within: 50 });
    const names = Array.from({ length: 100 }, (_, index) => String(index));
    for (const { status } of await Promise.allSettled(names.map(meter.read))) assert.equal(status, 'rejected');
    hangs = false;
    assert.deepEqual(await createMeter({ sample, apart: 1 }).read('0'), { before: 1, after: 1 });
    assert.deepEqual(await meter.read('0'), { before: 1, after: 1 });
  });
});
