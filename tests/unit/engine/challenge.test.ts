import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readChallenge } from '../../../src/engine/registry-client/challenge.ts';

test('what a registry wants to see is read from its challenge', () => {
  assert.deepEqual(readChallenge('Basic realm="lab"'), { scheme: 'basic' });
  assert.deepEqual(
    readChallenge(
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull"',
    ),
    {
      scheme: 'bearer',
      realm: 'https://auth.docker.io/token',
      service: 'registry.docker.io',
      scope: 'repository:a/b:pull',
    },
  );
  assert.deepEqual(readChallenge('bearer realm="x"'), { scheme: 'bearer', realm: 'x' });
});

test('what is no challenge is none', () => {
  for (const header of [
    undefined,
    '',
    'Digest realm="x"',
    'Bearer',
    'Bearer service="x"',
    `Bearer ${'a'.repeat(9999)}`,
  ])
    assert.equal(readChallenge(header), undefined);
});
