import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthPace } from '../../../../src/dataplane/supervisor/health-pace.ts';
import { createThrottle } from '../../../../src/dataplane/supervisor/throttle.ts';

test('it acts at once, then no sooner than it is told to wait now, and makes up for what came too soon', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let acts = 0;
  let pace = 20;
  const throttle = createThrottle(
    () => {
      acts += 1;
    },
    () => pace,
  );
  throttle.call();
  assert.equal(acts, 1);
  throttle.call();
  throttle.call();
  t.mock.timers.tick(19);
  assert.equal(acts, 1);
  pace = 200;
  t.mock.timers.tick(1);
  assert.equal(acts, 2);
  throttle.call();
  t.mock.timers.tick(199);
  assert.equal(acts, 2);
  throttle.now();
  assert.equal(acts, 3, 'what cannot wait does not');
  t.mock.timers.tick(1_000);
  assert.equal(acts, 3, 'nothing is owed');
});

test('what is only shown is told within 20 ms of few targets, and costs no more with many', () => {
  assert.deepEqual([0, 200, 2_000, 2_500, 100_000].map(healthPace), [20, 20, 200, 250, 250]);
});
