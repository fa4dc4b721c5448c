import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchangeUdp } from '../../../../src/dataplane/resolver/exchange.ts';
import { question } from './ask.ts';

// The system refuses a datagram to the broadcast address as it does one that no route leads to, such as of IPv6 where there is none.
test('a name server that the system has no way to has not answered', async () => {
  const server = { address: '255.255.255.255', port: 53 };
  const found = await exchangeUdp(server, question('example.org'), () => true, new AbortController().signal);
  assert.equal(found, undefined);
  await new Promise((resolve) => setImmediate(resolve)); // and nothing is thrown after that
});
