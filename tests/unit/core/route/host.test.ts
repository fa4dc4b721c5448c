import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAuthority } from '../../../../src/core/route/host.ts';

test('a host has one spelling: lower case, no port, no trailing dot', () => {
  for (const text of ['a.test', 'A.Test', 'a.test.', 'A.TEST.:8080', 'a.test:443']) {
    assert.equal(parseAuthority(text)?.host, 'a.test', text);
  }
  assert.deepEqual(parseAuthority('a.test:8080'), { host: 'a.test', port: '8080' });
  assert.deepEqual(parseAuthority('[::1]:80'), { host: '[::1]', port: '80' });
  assert.deepEqual(parseAuthority('[FE80::1]'), { host: '[fe80::1]', port: '' });
});

test('what is not a host name is refused', () => {
  const bad = [
    '',
    '.',
    'a..b',
    '.a',
    'a..',
    'u@a',
    'u:p@a',
    'a b',
    'a/b',
    'a?b',
    'a%41',
    'a:',
    'a:0',
    'a:65536',
    'a:8x',
    'a:80:80',
    '[::1',
    '::1',
    'a,b',
    'ä',
    'a\0',
  ];
  for (const text of [...bad, 'a'.repeat(254)]) assert.equal(parseAuthority(text), undefined, text);
});
