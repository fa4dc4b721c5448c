import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTail } from '../../../src/api/logs/tail.ts';
import { logText } from '../../../src/api/logs/text.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { until } from './test-api.ts';

const KIB = 1024;

describe('the tail of a log', () => {
  it('is the last lines in order, however long the log is', () => {
    for (const count of [0, 1, 7, 3000]) {
      const tail = createTail(count, 1024 * KIB);
      for (let at = 1; at <= 10_000; at += 1) tail.add(`line ${at} é🙂\n`);
      const lines = [...tail.take()].join('').split('\n').slice(0, -1);
      assert.equal(lines.length, count);
      assert.deepEqual(
        [lines[0], lines.at(-1)],
        count ? [`line ${10_001 - count} é🙂`, 'line 10000 é🙂'] : [undefined, undefined],
      );
      assert.equal(tail.held(), 0);
    }
  });

  it('never holds more bytes than it may: older lines go first', () => {
    const room = 512 * KIB;
    const tail = createTail(100_000, room);
    for (let at = 1; at <= 100_000; at += 1) {
      tail.add(`${at} ${'x'.repeat(at % 900)}\n`);
      assert.ok(tail.held() <= room, `${tail.held()} bytes after ${at} lines`);
    }
    const lines = [...tail.take()].join('').split('\n').slice(0, -1);
    assert.ok(lines.length > 500);
    assert.deepEqual(
      lines.map((line) => Number(line.split(' ')[0])),
      lines.map((_, index) => 100_001 - lines.length + index),
    );
  });

  it('holds no more than its lines need', () => {
    const tail = createTail(100, 16 * 1024 * KIB);
    for (let at = 1; at <= 200_000; at += 1) tail.add('a short line\n');
    assert.ok(tail.held() <= 128 * KIB, `${tail.held()}`);
  });

  it('takes a line longer than a block', () => {
    const tail = createTail(2, 256 * KIB);
    for (const letter of ['a', 'b', 'c']) tail.add(`${letter.repeat(100_000)}\n`);
    assert.equal([...tail.take()].join(''), `${'b'.repeat(100_000)}\n${'c'.repeat(100_000)}\n`);
  });

  it('is given up when the reader does not read on, who is told so when it does', async () => {
    const history = createTail(100_000, 1024 * KIB);
    for (let at = 1; at <= 10_000; at += 1) history.add('a line that is kept\n');
    let given = 0;
    const more = (async function* () {})();
    const text = logText({ history, more, onHistoryGone: () => (given += 1), unread: 1 });
    assert.equal((await text.next()).done, false);
    await until(() => given === 1, 'the history to be given up');
    assert.equal(history.held(), 0);
    await assert.rejects(text.next(), (error) => error instanceof OrcaError && error.code === 'timeout');
  });
});
