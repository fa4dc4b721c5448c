import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  carriedAt,
  carriedPorts,
  freeServiceAddress,
  isServiceAddress,
  MOST_CARRIED_PORTS,
  PORT_SHIFTS,
} from '../../../../src/core/names/service-addresses.ts';

const port = fc.integer({ min: 1, max: 65_535 });

test('the rules move each port there is to where it is listened for, above what the kernel gives out by itself', () => {
  fc.assert(
    fc.property(port, (asked) => {
      const [shift, ...more] = PORT_SHIFTS.filter(({ from, to }) => from <= asked && asked <= to);
      assert.ok(shift && more.length === 0, 'one rule for each');
      assert.equal(shift.onto + asked - shift.from, carriedAt(asked));
      assert.ok(carriedAt(asked) > 60_999 && carriedAt(asked) <= shift.ontoLast && shift.ontoLast <= 65_535);
    }),
  );
});

test('carried are few ports, the declared ones among them, no two of them at one place', () => {
  fc.assert(
    fc.property(fc.array(port, { maxLength: 3 }), fc.array(port, { maxLength: 40 }), (declared, exposed) => {
      const ports = carriedPorts(declared, exposed);
      assert.ok(ports.length <= MOST_CARRIED_PORTS);
      assert.equal(new Set(ports.map(carriedAt)).size, ports.length);
      assert.ok(ports.every((one) => declared.includes(one) || exposed.includes(one)));
      const places = new Set(ports.map(carriedAt));
      assert.ok(declared.every((one) => places.has(carriedAt(one))));
      assert.deepEqual(carriedPorts(declared, exposed.toReversed()), ports);
    }),
  );
});

test('addresses are free ones of their own subnet, until all are given', () => {
  const first = freeServiceAddress(new Set()) ?? '';
  const second = freeServiceAddress(new Set([first])) ?? '';
  assert.ok(isServiceAddress(first) && isServiceAddress(second) && first !== second);
  assert.ok(!isServiceAddress('10.208.0.2') && !isServiceAddress('127.0.0.1') && !isServiceAddress('nowhere'));
});
