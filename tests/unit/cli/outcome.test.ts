import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deployExit } from '../../../cli/deploy/outcome.ts';
import type { DeployedService } from '../../../src/contract/deploy.ts';

type Outcome = Pick<DeployedService, 'state' | 'code'>;
const is = (state: Outcome['state'], code: string | null = null): Outcome => ({ state, code });

describe('exit code of a deploy', () => {
  const cases: readonly (readonly [number, string, readonly Outcome[]])[] = [
    [0, 'all serve', [is('succeeded'), is('unchanged'), is('paused')]],
    [0, 'nothing was asked for', []],
    [5, 'every failed one is rolled back', [is('succeeded'), is('rolled-back')]],
    [6, 'any is left degraded', [is('rolled-back'), is('failed')]],
    [7, 'the outcome of any is unknown', [is('running'), is('rolled-back')]],
    [8, 'one was superseded', [is('succeeded'), is('superseded')]],
    [8, 'one was stopped or removed meanwhile', [is('failed', 'conflict'), is('succeeded')]],
    [8, 'one is taken', [is('refused', 'conflict')]],
    [4, 'one cannot be placed', [is('succeeded'), is('refused', 'unplaceable')]],
    [3, 'one is not valid', [is('refused', 'invalid')]],
    [9, 'one is not allowed', [is('refused', 'forbidden')]],
    [1, 'one is not possible now', [is('refused', 'unavailable')]],
    [1, 'one was refused, and why has no word here', [is('refused', 'of_tomorrow'), is('refused')]],
  ];
  for (const [code, when, services] of cases) {
    it(`is ${code} when ${when}`, () => assert.equal(deployExit(services, true), code));
  }

  it('is 6 when something that was left alone does not serve', () => {
    assert.equal(deployExit([is('unchanged'), is('succeeded')], true, true), 6);
    assert.equal(deployExit([is('running')], true, true), 6);
  });

  it('is 0 for what is under way when nobody waits', () => {
    assert.equal(deployExit([is('pending'), is('running')], false), 0);
    assert.equal(deployExit([is('pending'), is('refused', 'unplaceable')], false), 4);
  });
});
