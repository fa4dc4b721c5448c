import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hardwareAddress } from '../../../../src/core/edge/hardware-address.ts';
import { membersOf } from '../../../../src/core/edge/members.ts';
import { type BridgePort, type BridgeView, planLock } from '../../../../src/core/edge/plan-lock.ts';

const web = { address: '10.208.0.2', hardware: '02:42:0a:d0:00:02' };
const api = { address: '10.208.0.3', hardware: '02:42:0a:d0:00:03' };
const port = (wish: Partial<BridgePort> = {}): BridgePort => ({
  name: 'veth1',
  index: 6,
  peer: 5,
  isolated: false,
  learns: true,
  floods: true,
  ...wish,
});
const bridge = (wish: Partial<BridgeView> = {}): BridgeView => ({
  hasIpv6: false,
  neighbours: [],
  ports: [],
  pins: [],
  ...wish,
});
const pin = { hardware: web.hardware, port: 'veth1' };
const closed = { isolated: true, learns: false, floods: false };

test('an address is locked to its task before the container is there; one that is left goes', () => {
  assert.deepEqual(planLock([web], [], bridge({ neighbours: [api] })), [
    { kind: 'neighbour', ...web },
    { kind: 'forget', address: api.address },
  ]);
});

test('what leads elsewhere is put right', () => {
  const stolen = { ...web, hardware: api.hardware };
  assert.deepEqual(planLock([web], [], bridge({ neighbours: [stolen] })), [{ kind: 'neighbour', ...web }]);
});

test('a port is isolated at once, and closed only when its pin was seen', () => {
  const first = bridge({ neighbours: [web], ports: [port()] });
  assert.deepEqual(planLock([web], [pin], first), [
    { kind: 'pin', ...pin },
    { kind: 'port', port: 'veth1', closed: false },
  ]);
  const second = { ...first, ports: [port({ isolated: true })], pins: [pin] };
  assert.deepEqual(planLock([web], [], second), [{ kind: 'port', port: 'veth1', closed: true }]);
  assert.deepEqual(planLock([web], [], { ...second, ports: [port(closed)] }), []);
});

test('a pin that leads elsewhere is put right, and a closed port without one is opened: its container must be reached', () => {
  const elsewhere = bridge({ neighbours: [web], ports: [port(closed)], pins: [{ ...pin, port: 'veth0' }] });
  assert.deepEqual(planLock([web], [pin], elsewhere), [
    { kind: 'pin', ...pin },
    { kind: 'port', port: 'veth1', closed: false },
  ]);
});

test('the machine speaks no IPv6 on the edge', () => {
  assert.deepEqual(planLock([], [], bridge({ hasIpv6: true })), [{ kind: 'no-ipv6' }]);
});

test('the hardware address is the one of the container while it runs, else the one that it will get', () => {
  assert.equal(hardwareAddress('10.208.15.254'), '02:42:0a:d0:0f:fe');
  const containers = [
    { address: web.address, hardware: '52:54:00:12:34:56' },
    { address: web.address },
    { address: '10.208.0.9' },
    {},
  ];
  assert.deepEqual(membersOf([web, api], containers), [
    { address: web.address, hardware: '52:54:00:12:34:56' },
    api,
    { address: '10.208.0.9', hardware: '02:42:0a:d0:00:09' },
  ]);
});
