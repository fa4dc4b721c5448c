import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEPLOYMENT_STATES, type Deployment, isEnded } from '../../../../src/core/model/deployment.ts';
import type { Task, TaskEnd } from '../../../../src/core/model/task.ts';
import { releaseEnd, releaseOutcome } from '../../../../src/core/rollout/release-outcome.ts';
import { task } from '../../controllers/support/shop.ts';

const deployment = (rest: Partial<Deployment> = {}): Deployment => ({
  id: 2,
  project: 'shop',
  service: 'web',
  to: 2,
  state: 'running',
  strategy: 'rolling',
  release: {},
  reason: '',
  startedAt: 1,
  ...rest,
});
const superseded = deployment({ state: 'superseded', supersededBy: 3, endedAt: 2 });

const run = (rest: Partial<Task> = {}, end?: Partial<TaskEnd>): Task => ({
  ...task({ slot: 0, release: { begunAt: 1 }, deployment: 2, ...rest }),
  ...(end && { phase: 'ended' as const, end: { at: 2, wanted: false, reason: 'exited', ...end } }),
});
const notBegun = { release: {} };
const word = (of: Deployment, its?: Task) => releaseOutcome(of, its)?.state;

test('one that was never started has not run, whoever ended it', () => {
  assert.equal(word(superseded), 'never-began');
  assert.equal(word(superseded, run(notBegun)), 'never-began');
  assert.equal(word(superseded, run(notBegun, { exitCode: 0 })), 'never-began');
  assert.equal(word(deployment({ state: 'failed' })), 'never-began');
});

test('one that ended well has succeeded; not one that was stopped, even where it ended well at that', () => {
  assert.equal(word(superseded, run({}, { exitCode: 0 })), 'succeeded');
  assert.equal(word(superseded, run({ givenUp: true }, { exitCode: 0 })), 'failed');
  assert.equal(word(superseded, run({}, { exitCode: 7 })), 'failed');
});

test('one whose end nobody saw is unknown', () => {
  assert.equal(word(superseded, run({}, {})), 'unknown');
  assert.equal(word(superseded, run({ givenUp: true }, {})), 'unknown');
});

test('one that goes on is running, also where its deployment was superseded: nothing stops it', () => {
  assert.equal(word(deployment(), run()), 'running');
  assert.equal(word(superseded, run()), 'running');
  assert.match(releaseOutcome(superseded, run())?.reason ?? '', /still/);
  assert.equal(word(deployment()), 'waiting');
  assert.equal(word(deployment(), run(notBegun)), 'waiting');
});

test('what the deployment keeps outlives the task', () => {
  const end = releaseEnd(run({}, { exitCode: 3 }));
  assert.ok(end);
  assert.deepEqual(releaseOutcome({ ...superseded, release: { end } }, undefined), end);
});

test('where there is none, or none was needed, or an earlier version has not kept it, nothing is told', () => {
  for (const state of DEPLOYMENT_STATES)
    assert.equal(word(deployment({ state, release: undefined })), undefined, state);
  assert.equal(word(deployment({ state: 'succeeded' })), undefined);
  for (const state of DEPLOYMENT_STATES.filter((one) => isEnded(one) && one !== 'succeeded'))
    assert.equal(word(deployment({ state })), 'never-began', state);
});
