import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { createOwnSubnet } from '../../../../src/dataplane/resolver/own-subnet.ts';

const place = (address: string, prefix: number): NetworkInterfaceInfo[] => [
  { address, cidr: `${address}/${prefix}`, family: 'IPv4', netmask: '', mac: '', internal: false },
];

test('the subnet is that of the interface that has the address', () => {
  const places = { eth0: place('10.208.0.7', 8), bridge: place('10.208.0.1', 20) };
  assert.equal(createOwnSubnet('10.208.0.1', () => places)(), '10.208.0.1/20');
  assert.equal(createOwnSubnet('192.0.2.1', () => places)(), undefined);
});

test('an interface that comes later is found then, and known from then on', () => {
  let places: Record<string, NetworkInterfaceInfo[]> = {};
  const subnet = createOwnSubnet('10.208.0.1', () => places);
  assert.equal(subnet(), undefined);
  places = { bridge: place('10.208.0.1', 20) };
  assert.equal(subnet(), '10.208.0.1/20');
  places = {};
  assert.equal(subnet(), '10.208.0.1/20');
});

test('on a real machine all of loopback is on one subnet', () => {
  assert.equal(createOwnSubnet('127.77.1.2')(), '127.0.0.1/8');
});
