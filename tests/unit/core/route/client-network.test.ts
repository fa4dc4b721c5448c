import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientNetwork } from '../../../../src/core/route/client-network.ts';

test('an IPv4 address is itself, also in the clothes of an IPv6 one', () => {
  for (const spelling of ['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:c000:201', '0:0:0:0:0:ffff:C000:0201']) {
    assert.equal(clientNetwork(spelling), '192.0.2.1');
  }
});

test('of an IPv6 address 64 bits count, however it is written', () => {
  const spellings = [
    '2001:db8:0:1::1',
    '2001:DB8::1:0:0:0:2',
    '2001:0db8:0000:0001:aaaa:bbbb:cccc:dddd',
    '2001:db8:0:1:a:b:c:d%eth0',
  ];
  for (const spelling of spellings) assert.equal(clientNetwork(spelling), '2001:db8:0:1', spelling);
  assert.equal(clientNetwork('2001:db8::'), '2001:db8:0:0');
  assert.equal(clientNetwork('::1'), '0:0:0:0');
  assert.notEqual(clientNetwork('2001:db8:0:2::1'), clientNetwork('2001:db8:0:1::1'));
});

test('what is no address stays as it is', () => {
  assert.equal(clientNetwork(''), '');
  assert.equal(clientNetwork('unknown'), 'unknown');
});
