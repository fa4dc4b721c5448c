import assert from 'node:assert/strict';
import { it } from 'node:test';
import { servingText, taskWord } from '../../../cli/output/words.ts';

it('how many serve is not told as 0 while nobody knows', () => {
  assert.equal(servingText({ running_replicas: 2, replicas: 3 }), '2/3');
  assert.equal(servingText({ running_replicas: null, replicas: 3 }), '?/3');
});

it('a task that runs is as its probes say', () => {
  const words = (['waiting', 'ready', 'failing', 'unknown'] as const).map((health) =>
    taskWord({ state: 'running', health }),
  );
  assert.deepEqual(words, ['starting', 'running', 'degraded', 'unknown']);
  assert.equal(taskWord({ state: 'assigned', health: 'waiting' }), 'starting');
  assert.equal(taskWord({ state: 'failed', health: 'none' }), 'failed');
});
