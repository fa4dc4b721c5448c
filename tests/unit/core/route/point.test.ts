import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextPoint, pointOf, seedOf } from '../../../../src/core/route/point.ts';

const SEED = seedOf('d-1');

test('a value has one point, in [0, 1), and with another salt another one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (value, salt) => {
      const point = pointOf(value, seedOf(salt));
      assert.ok(point >= 0 && point < 1);
      assert.equal(pointOf(value, seedOf(salt)), point);
    }),
  );
  assert.notEqual(pointOf('192.0.2.1', SEED), pointOf('192.0.2.1', seedOf('d-2')));
});

const FAMILIES: Readonly<Record<string, (at: number) => string>> = {
  'addresses of one network': (at) => `10.1.${at >> 8}.${at & 255}`,
  'every 16th address': (at) => `10.${at >> 12}.${(at >> 4) & 255}.${(at & 15) << 4}`,
  'IPv6 networks': (at) => `2001:db8:0:${at.toString(16)}`,
  numbers: String,
  'session ids': (at) => `s%3A${(at * 2654435761).toString(36)}.${at}`,
};

for (const [what, valueAt] of Object.entries(FAMILIES)) {
  test(`values that are alike fall evenly: ${what}`, () => {
    for (const salt of ['d-1', 'd-2', '0197-ab']) {
      const tenths = new Array<number>(10).fill(0);
      for (let at = 0; at < 10_000; at += 1) {
        const tenth = Math.floor(pointOf(valueAt(at), seedOf(salt)) * 10);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      // 1000 each, with a standard deviation of 30.
      for (const count of tenths) assert.ok(Math.abs(count - 1000) < 150, `${salt}: ${tenths}`);
    }
  });
}

test('who is first with one salt is no more likely to be so with the next', () => {
  const early = (at: number, salt: string) => pointOf(`10.1.${at >> 8}.${at & 255}`, seedOf(salt)) >= 0.9;
  const clients = Array.from({ length: 50_000 }, (_, at) => at).filter((at) => early(at, 'd-1'));
  const again = clients.filter((at) => early(at, 'd-2')).length / clients.length;
  assert.ok(again > 0.07 && again < 0.13, `${again}`);
});

test('points of requests stay in [0, 1)', () => {
  let point = 0.999_999_999_999_999_9;
  for (let count = 0; count < 100_000; count += 1) {
    point = nextPoint(point);
    assert.ok(point >= 0 && point < 1);
  }
});
