import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { causeLines } from '../../../cli/output/failure.ts';
import { createStyle } from '../../../cli/output/style.ts';
import { failure } from './samples.ts';

const plain = createStyle(false);

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
