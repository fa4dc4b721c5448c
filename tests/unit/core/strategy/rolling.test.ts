import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Deployment } from '../../../../src/core/model/deployment.ts';
import { demandOf } from '../../../../src/core/strategy/strategies.ts';
import { spec } from '../rollout/spec.ts';

const deployment = (rest: Partial<Deployment> = {}): Deployment => ({
  id: 2,
  project: 'shop',
  service: 'web',
  from: 1,
  to: 2,
  state: 'running',
  strategy: 'rolling',
  reason: '',
  startedAt: 1,
  ...rest,
});

const wish = { hash: 'h', isKept: false, isWhole: false, spec: spec({ deploy: { parallelism: 2 } }), replicas: 5 };
const of = (one: Deployment | undefined) => demandOf({ deployment: one, ...wish }, 10);

it('rolling takes old tasks away slot by slot, and keeps the last ones once all have switched', () => {
  const all = { newWanted: 5, atOnce: 2, share: 1 };
  assert.deepEqual(of(deployment()), { ...all, oldStays: 'no', then: 'switch' });
  assert.deepEqual(of(deployment({ switchedAt: 5 })), { ...all, oldStays: 'drained', then: 'succeed' });
});

it('what is on its way back, or in no deployment, keeps nothing of the other revision', () => {
  const failure = { reason: 'x', log: [], failedRequests: 0, at: 6 };
  for (const one of [undefined, deployment({ switchedAt: 5, failure })]) assert.equal(of(one).oldStays, 'no');
});
