import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseSubnet, gatewayOf, nextAddress } from '../../../../src/core/route/addresses.ts';

test('the first subnet of the pool is chosen when nothing is taken', () => {
  assert.equal(chooseSubnet('10.208.0.0/12', [], 20), '10.208.0.0/20');
});

test('a subnet that overlaps one in use is passed over, whichever of them is the larger', () => {
  assert.equal(chooseSubnet('10.208.0.0/12', ['10.208.0.0/24'], 20), '10.208.16.0/20');
  assert.equal(chooseSubnet('10.208.0.0/12', ['10.208.0.7/16'], 20), '10.209.0.0/20');
  assert.equal(chooseSubnet('10.208.0.0/12', ['10.208.16.0/20', '10.208.5.5/32'], 20), '10.208.32.0/20');
});

test('a pool that is full, or no pool, gives none', () => {
  assert.equal(chooseSubnet('10.208.0.0/12', ['10.0.0.0/8'], 20), undefined);
  assert.equal(chooseSubnet('10.208.0.0/24', [], 20), undefined);
  assert.equal(chooseSubnet('nonsense', [], 20), undefined);
  assert.equal(chooseSubnet('10.208.0.0/33', [], 20), undefined);
});

test('what is not IPv4 in the list of taken subnets is passed over', () => {
  assert.equal(chooseSubnet('10.208.0.0/12', ['fd00::/8', '', '10.300.0.0/8'], 20), '10.208.0.0/20');
});

test('the top of the address space is counted right', () => {
  assert.equal(chooseSubnet('240.0.0.0/4', ['240.0.0.0/5'], 5), '248.0.0.0/5');
  assert.equal(gatewayOf('255.255.240.0/20'), '255.255.240.1');
});

test('a chosen subnet lies in the pool and overlaps nothing taken', () => {
  const taken = fc.array(fc.tuple(fc.nat(15), fc.nat(255), fc.integer({ min: 13, max: 28 })));
  fc.assert(
    fc.property(taken, (list) => {
      const others = list.map(([b, c, prefix]) => `10.${208 + b}.${c}.0/${prefix}`);
      const chosen = chooseSubnet('10.208.0.0/12', others, 20);
      if (chosen === undefined) return;
      assert.equal(chooseSubnet('10.208.0.0/12', [], 20)?.startsWith('10.208.'), true);
      assert.equal(chooseSubnet(chosen, others, 20), chosen);
    }),
  );
});

test('the lowest free address is given: not the network, not the gateway, not the broadcast address', () => {
  const used = new Set<string>();
  const given: (string | undefined)[] = [];
  for (let i = 0; i < 6; i += 1) {
    const address = nextAddress('10.208.0.0/29', used);
    given.push(address);
    if (address !== undefined) used.add(address);
  }
  assert.deepEqual(given, ['10.208.0.2', '10.208.0.3', '10.208.0.4', '10.208.0.5', '10.208.0.6', undefined]);
  used.delete('10.208.0.4');
  assert.equal(nextAddress('10.208.0.0/29', used), '10.208.0.4');
});
