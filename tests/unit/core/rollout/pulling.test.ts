import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PullProgress } from '../../../../src/core/model/pull-progress.ts';
import { planService } from '../../../../src/core/rollout/plan-service.ts';
import { Simulator } from './simulator.ts';
import { spec } from './spec.ts';

const MIB = 1024 ** 2;

test('while an image is pulled the deployment says how far that is, and goes on wanting it', () => {
  const world = new Simulator(spec({ replicas: 2 }));
  const told = (progress: PullProgress) => {
    const pulling = new Map([['local', progress]]);
    const { steps, waiting } = planService({ ...world.view(), images: new Map(), pulling }, world.now);
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['pull'],
    );
    return waiting[0];
  };
  const { image } = spec();
  assert.equal(told({ done: 3 * MIB }), `pulling ${image}: 3.0 MiB so far`);
  assert.equal(told({ done: 3 * MIB, total: 120 * MIB }), `pulling ${image}: 3.0 MiB of 120 MiB`);
  assert.equal(told({ done: 120 * MIB, total: 120 * MIB }), `pulling ${image}: all 120 MiB are here and are unpacked`);
});
