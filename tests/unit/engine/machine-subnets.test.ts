import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineSubnets, parseRoutes } from '../../../src/engine/machine-subnets.ts';

const TABLE = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  'eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  'tun0\t0000D00A\t00000000\t0001\t0\t0\t0\t0000F0FF\t0\t0\t0',
  '',
].join('\n');

test('routes are read from the kernel table, the default one left out', () => {
  assert.deepEqual(parseRoutes(TABLE), ['192.168.0.0/24', '10.208.0.0/12']);
  assert.deepEqual(parseRoutes(''), []);
});

test("this machine's own addresses are among its subnets", async () => {
  const subnets = await machineSubnets();
  assert.ok(subnets.includes('127.0.0.1/8'));
  for (const subnet of subnets) assert.match(subnet, /^\d+\.\d+\.\d+\.\d+\/\d+$/);
});
