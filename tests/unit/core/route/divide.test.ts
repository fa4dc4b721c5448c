import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment } from '../../../../src/core/model/deployment.ts';
import { sharesOf } from '../../../../src/core/route/divide.ts';
import { deployment, revision, task } from '../../controllers/support/shop.ts';
import { spec } from '../rollout/spec.ts';

const canary = { step: 1, of: 1, weight: 25, by: 'request', at: 0 } as const;
const [first, tried, next] = [1, 2, 3].map((number) => revision({ number, hash: `h${number}`, spec: spec() }));
const taskOf = (number: number, slot: number) =>
  task({ id: `web-${slot}-r${number}`, slot, revision: number, hash: `h${number}` });
const after = (rest: Partial<Deployment> = {}) => deployment({ id: 3, from: 1, to: 3, ...rest });
const divided = (rest: Partial<Deployment>, tasks: readonly ReturnType<typeof task>[]) =>
  sharesOf({ target: next as never, from: first, deployment: after(rest), tasks });

test('a canary that was replaced gets nothing while what it was tried beside serves, whatever replaces it', () => {
  const tasks = [taskOf(1, 1), taskOf(1, 2), taskOf(2, 1)];
  assert.deepEqual(divided({ strategy: 'rolling' }, tasks), {
    shares: [
      { weight: 0, targets: ['web-1-r2'] },
      { weight: 1, targets: ['web-1-r1', 'web-2-r1'] },
    ],
  });
  assert.deepEqual(divided({ strategy: 'canary', canary }, [...tasks, taskOf(3, 1)]), {
    shares: [
      { weight: 0, targets: ['web-1-r2'] },
      { weight: 75, targets: ['web-1-r1', 'web-2-r1'] },
      { weight: 25, targets: ['web-1-r3'] },
    ],
    split: { by: 'request', salt: '3' },
  });
});

test('nor on the way back from what has replaced it', () => {
  const failure = { reason: 'not ready', at: 1, failedRequests: 0 } as never;
  const { shares } = sharesOf({
    target: first as never,
    from: first,
    deployment: after({ failure }),
    tasks: [taskOf(1, 1), taskOf(2, 1), taskOf(3, 1)],
  });
  assert.deepEqual(shares, [
    { weight: 0, targets: ['web-1-r2'] },
    { weight: 1, targets: ['web-1-r1', 'web-1-r3'] },
  ]);
});

test('what a superseded deployment has put in the place of the old serves on', () => {
  const { shares } = divided({ strategy: 'rolling' }, [taskOf(2, 1), taskOf(1, 2)]);
  assert.deepEqual(shares, [{ weight: 1, targets: ['web-1-r2', 'web-2-r1'] }]);
  const { shares: alone } = sharesOf({ target: tried as never, tasks: [taskOf(2, 1)] });
  assert.deepEqual(alone, [{ weight: 1, targets: ['web-1-r2'] }]);
});
