import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchOwnMachine } from '../../../../src/controllers/joined/own-machine.ts';
import type { MachineSample } from '../../../../src/core/load/sample.ts';

const sample = (busy: number, total: number): MachineSample => ({
  ...{ busy, total, cpus: 4 },
  ...{ memory: 1, memoryTotal: 2, load: 0 },
});

test('the share of CPU is between the last two looks, and how old they are is told', async () => {
  const samples: (MachineSample | undefined)[] = [sample(0, 0), sample(1_000, 4_000), undefined, sample(5, 10)];
  const seen: unknown[] = [];
  const ending = new AbortController();
  let now = 0;
  const watched = watchOwnMachine({
    sample: async () => samples.shift(),
    steady: () => now,
    pause: async () => {
      now += 300;
      const own = watched.seen();
      seen.push(own && [own.sample.total, own.cpuPercent, own.ago]);
      if (samples.length === 0) ending.abort();
    },
  });
  assert.equal(watched.seen(), undefined);
  await watched.run(ending.signal);
  assert.deepEqual(seen, [[0, undefined, 300], [4_000, 100, 300], undefined, [10, undefined, 300]]);
});
