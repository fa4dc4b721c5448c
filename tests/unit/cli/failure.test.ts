import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { causeLines, failureLines } from '../../../cli/output/failure.ts';
import { createStyle } from '../../../cli/output/style.ts';
import type { DeployedService } from '../../../src/contract/deploy.ts';
import { deployed, failure } from './samples.ts';

const plain = createStyle(false);

it('a service that was stopped meanwhile has not failed', () => {
  const reason = 'the service was stopped while it was deployed';
  const [headline, why] = failureLines(deployed({ state: 'failed', code: 'conflict', reason }), plain);
  assert.deepEqual([headline, why], ['✗ web was taken away meanwhile', `  ${reason}`]);
});

describe('what serves after a deploy that failed', () => {
  const served = (changes: Partial<DeployedService>) =>
    failureLines(deployed({ state: 'refused', ...changes }), plain).find((line) => /serves/.test(line));
  const serving = { revision: 4, image: 'acme/web:1.4', ready: 0 };

  it('is not known where the engine did not answer: nothing was touched', () => {
    const told = '  web was not touched; what of it serves cannot be seen now';
    assert.equal(served({ code: 'unavailable', serving }), told);
    assert.equal(served({ code: 'unavailable', serving: null }), told);
  });

  it('is nothing where nothing is seen otherwise, and what is seen where it is', () => {
    assert.equal(served({ code: 'invalid', serving }), '  nothing of web serves now');
    assert.equal(served({ state: 'failed', serving: null }), '  nothing of web serves now');
    assert.match(
      served({ code: 'unavailable', serving: { ...serving, ready: 2 } }) ?? '',
      /^ {2}revision 4 .* 2 tasks/,
    );
  });
});

describe('why a deploy failed', () => {
  const cause = (reason: string, exit_code: number | null) =>
    causeLines('web', { ...failure, reason, exit_code, last_log: [] }, plain)[0];

  it('has the exit code of the container, unless the reason says it', () => {
    assert.equal(cause('web.1 did not become ready', 1), '  web.1 on local: did not become ready (exit code 1)');
    assert.equal(cause('no answer on port 8013', 13), '  web.1 on local: no answer on port 8013 (exit code 13)');
    assert.equal(cause('exited with code 137', 13), '  web.1 on local: exited with code 137 (exit code 13)');
    assert.equal(cause('web.1 exited with code 3', 3), '  web.1 on local: exited with code 3');
    assert.equal(cause('exited with 1 before it was ready', 1), '  web.1 on local: exited with 1 before it was ready');
    assert.equal(cause('the image is gone', null), '  web.1 on local: the image is gone');
  });
});

describe('what became of the release command of a deploy that was superseded', () => {
  const told = (release: DeployedService['release'], more: Partial<DeployedService> = {}) =>
    failureLines(deployed({ state: 'superseded', code: 'conflict', release, ...more }), plain).filter((line) =>
      line.includes('release command'),
    );
  const was = (state: NonNullable<DeployedService['release']>['state'], reason: string) => ({
    state,
    exit_code: null,
    reason,
  });

  it('is told in a line, whether it ran or not', () => {
    assert.deepEqual(told(was('succeeded', 'exited with code 0')), ['  release command: ran to its end, exit code 0']);
    assert.deepEqual(told(was('failed', 'exited with code 7')), [
      '  release command: ran and failed: exited with code 7',
    ]);
    assert.deepEqual(told(was('never-began', 'it ended before')), ['  release command: did not run: it ended before']);
    assert.deepEqual(told(was('unknown', 'it is not known')), ['  release command: it is not known']);
  });

  it('is left out where there is none, and where it is the failure itself', () => {
    assert.deepEqual(told(null), []);
    assert.deepEqual(
      told(was('failed', 'exited with code 7'), { state: 'failed', failure: { ...failure, reason: 'x' } }),
      [],
    );
  });
});
