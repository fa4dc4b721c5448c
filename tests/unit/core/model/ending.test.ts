import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeEnding } from '../../../../src/core/model/ending.ts';

test('an ending is told by its cause: memory with its limit, a code, a signal by its name', () => {
  assert.equal(describeEnding({ exitCode: 137, oomKilled: true }, 64 * 2 ** 20), 'ran out of memory (limit 64Mi)');
  assert.equal(describeEnding({ exitCode: 137, oomKilled: true }, undefined), 'ran out of memory');
  assert.equal(describeEnding({ exitCode: 137, oomKilled: false }, 64), 'exited with code 137 (SIGKILL)');
  assert.equal(describeEnding({ exitCode: 139, oomKilled: false }, undefined), 'exited with code 139 (SIGSEGV)');
  assert.equal(describeEnding({ exitCode: 3, oomKilled: false }, undefined), 'exited with code 3');
  assert.equal(describeEnding({ exitCode: 255, oomKilled: false }, undefined), 'exited with code 255');
  assert.equal(describeEnding({ oomKilled: false }, undefined), 'exited');
});
