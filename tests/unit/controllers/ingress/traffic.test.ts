import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTrafficBook } from '../../../../src/controllers/ingress/traffic.ts';
import { MOST_SERIES, type SeriesTraffic } from '../../../../src/core/traffic/messages.ts';
import { NO_TRAFFIC, requestsOf } from '../../../../src/core/traffic/traffic.ts';

const MINUTE = 60_000;

const told = (revision: number, requests: number, series = revision): SeriesTraffic => ({
  ...NO_TRAFFIC,
  service: 'shop/web',
  revision,
  series,
  classes: [0, 0, requests, 0, 0, 0],
  buckets: requests > 0 ? [20, requests] : [],
});

function setUp() {
  let now = 0;
  const book = createTrafficBook(() => now);
  return {
    book,
    pass: (ms: number) => {
      now += ms;
    },
    last: (minutes: number) => book.overLast('shop/web', minutes).map((one) => [one.revision, requestsOf(one)]),
    totals: () => book.totals().map((one) => [one.revision, requestsOf(one)]),
  };
}

test('revisions are compared over the same minutes, whenever each of them began', () => {
  const { book, pass, last } = setUp();
  book.hear('1', [told(1, 0)]);
  book.hear('1', [told(1, 100)]);
  pass(6 * MINUTE);
  book.hear('1', [told(1, 150), told(2, 7)]);
  pass(2 * MINUTE);
  book.hear('1', [told(1, 160), told(2, 9)]);
  assert.deepEqual(last(5), [
    [1, 60],
    [2, 9],
  ]);
  assert.deepEqual(last(1), [
    [1, 10],
    [2, 2],
  ]);
  assert.deepEqual(last(60), [
    [1, 160],
    [2, 9],
  ]);
});

test('what a data plane had counted before this master came is of no minute', () => {
  const { book, last, totals } = setUp();
  assert.equal(book.told, false);
  book.hear('1', [told(1, 5000)]);
  assert.equal(book.told, true);
  book.hear('1', [told(1, 5003)]);
  assert.deepEqual(last(5), [[1, 3]]);
  assert.deepEqual(totals(), [[1, 5003]]);
  assert.equal(requestsOf(book.sum()), 5003);
});

test('minutes begin when this master was first told, if they are older', () => {
  const { book, pass } = setUp();
  pass(10 * MINUTE + 5_000);
  assert.equal(book.ageOf(5), 0, 'nothing is told yet');
  book.hear('1', []);
  pass(30_000);
  assert.deepEqual([book.ageOf(1), book.ageOf(5)], [30_000, 30_000]);
  pass(7 * MINUTE);
  book.hear('2', []);
  assert.deepEqual([book.ageOf(1), book.ageOf(5), book.ageOf(60)], [35_000, 4 * MINUTE + 35_000, 7 * MINUTE + 30_000]);
  assert.deepEqual([book.minutesWithin(30_000), book.minutesWithin(3 * MINUTE)], [0, 3]);
});

test('the counters go on where a data plane was replaced, or began a series anew', () => {
  const { book, totals, last } = setUp();
  book.hear('1', [told(1, 10)]);
  book.hear('2', [told(1, 4)]);
  book.hear('2', [told(1, 6)]);
  book.hear('2', [told(1, 1, 77)]);
  assert.deepEqual(totals(), [[1, 17]]);
  assert.deepEqual(last(5), [[1, 7]]);
});

test('a message that comes twice adds nothing', () => {
  const { book, totals } = setUp();
  book.hear('1', [told(1, 10)]);
  book.hear('1', [told(1, 10)]);
  assert.deepEqual(totals(), [[1, 10]]);
});

test('a revision that is not told of any more is forgotten after an hour, the sum of all is not', () => {
  const { book, pass, totals } = setUp();
  book.hear('1', []);
  book.hear('1', [told(1, 10)]);
  pass(59 * MINUTE);
  book.hear('1', [told(2, 1)]);
  assert.deepEqual(totals(), [
    [1, 10],
    [2, 1],
  ]);
  pass(2 * MINUTE);
  book.hear('1', [told(2, 1)]);
  assert.deepEqual(totals(), [[2, 1]]);
  assert.equal(requestsOf(book.sum()), 11);
});

test('data planes that come and go do not make it keep more than one may tell of', () => {
  const { book } = setUp();
  book.hear('0', []);
  for (let life = 1; life < 4; life += 1) {
    book.hear(
      `${life}`,
      Array.from({ length: MOST_SERIES }, (_, at) => told(life * MOST_SERIES + at, 1)),
    );
  }
  assert.equal(book.totals().length, MOST_SERIES);
});

test('what the data planes of several nodes count adds up, each from where it was', () => {
  const { book, last, totals } = setUp();
  book.hear('1', [told(1, 10)], 'a');
  book.hear('7', [told(1, 100), told(2, 5)], 'b');
  assert.deepEqual(
    last(5),
    [
      [1, 0],
      [2, 0],
    ],
    'when they counted it nobody knows',
  );
  book.hear('1', [told(1, 12)], 'a');
  book.hear('7', [told(1, 103), told(2, 5)], 'b');
  book.hear('2', [told(1, 1)], 'a');
  assert.deepEqual(totals(), [
    [1, 116],
    [2, 5],
  ]);
  assert.deepEqual(last(5), [
    [1, 6],
    [2, 0],
  ]);
});

test('what one node tells of no more, and another does, stays; what a removed node counted stays counted', () => {
  const { book, totals } = setUp();
  book.hear('1', [], 'a');
  book.hear('1', [], 'b');
  book.hear('1', [told(1, 2)], 'a');
  book.hear('1', [told(1, 3)], 'b');
  book.hear('1', [], 'a');
  assert.deepEqual(totals(), [[1, 5]]);
  book.forget('b');
  assert.deepEqual(totals(), [[1, 5]], 'for its hour');
  book.hear('1', [told(1, 3)], 'b');
  assert.equal(requestsOf(book.sum()), 8, 'one that comes again counts from nothing');
});
