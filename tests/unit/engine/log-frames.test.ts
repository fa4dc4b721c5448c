import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LogLine } from '../../../src/engine/engine.ts';
import { createFrameParser, createLineParser, type LogParser, MAX_LOG_TEXT } from '../../../src/engine/log-frames.ts';

const STAMP = '2026-01-02T03:04:05.678901234Z';
const AT = Date.parse('2026-01-02T03:04:05.678Z');

function frame(stream: 1 | 2, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

function parse(parser: LogParser, bytes: Buffer, cuts: readonly number[] = []): LogLine[] {
  const lines: LogLine[] = [];
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b).concat(bytes.length)) {
    const to = Math.min(cut, bytes.length);
    if (to > from) lines.push(...parser.push(bytes.subarray(from, to)));
    from = Math.max(from, to);
  }
  return [...lines, ...parser.end()];
}

test('frames become lines with their stream and time', () => {
  const bytes = Buffer.concat([frame(1, `${STAMP} hello\n`), frame(2, `${STAMP} oops\n`), frame(1, `${STAMP} \n`)]);
  assert.deepEqual(parse(createFrameParser(), bytes), [
    { at: AT, stream: 'stdout', text: 'hello' },
    { at: AT, stream: 'stderr', text: 'oops' },
    { at: AT, stream: 'stdout', text: '' },
  ]);
});

test('wherever the bytes are cut, the lines are the same', () => {
  const texts = fc.array(
    fc.tuple(fc.constantFrom(1 as const, 2 as const), fc.string({ unit: 'binary', maxLength: 40 })),
  );
  fc.assert(
    fc.property(texts, fc.array(fc.nat(500)), (frames, cuts) => {
      const clean = frames.map(([stream, text]) => [stream, text.replace(/[\r\n]/g, '')] as const);
      const bytes = Buffer.concat(clean.map(([stream, text]) => frame(stream, `${STAMP} ${text}\n`)));
      const lines = parse(createFrameParser(), bytes, cuts);
      assert.deepEqual(lines, parse(createFrameParser(), bytes));
      assert.deepEqual(
        lines.map(({ text }) => text),
        clean.map(([, text]) => Buffer.from(text).toString()),
      );
    }),
  );
});

test('a piece of a long line, without a line feed, is a line of its own', () => {
  const bytes = Buffer.concat([frame(1, `${STAMP} ${'x'.repeat(100)}`), frame(1, `${STAMP} end\n`)]);
  assert.deepEqual(
    parse(createFrameParser(), bytes).map(({ text }) => text),
    ['x'.repeat(100), 'end'],
  );
});

test('a frame of any length comes in bounded pieces that together are the text', () => {
  const text = 'abcdefg'.repeat(10_000);
  const lines = parse(createFrameParser(), frame(1, `${STAMP} ${text}\n`), [5, 9000, 40_000]);
  assert.ok(lines.length >= 4);
  for (const line of lines) {
    assert.ok(line.text.length <= MAX_LOG_TEXT + 40);
    assert.equal(line.at, AT);
  }
  assert.equal(lines.map((line) => line.text).join(''), text);
});

test("a terminal's text is lines without frames", () => {
  const bytes = Buffer.from(`${STAMP} one\r\n${STAMP} two\r\n${STAMP} last`);
  assert.deepEqual(
    parse(createLineParser('stdout'), bytes, [3, 35, 36]).map(({ at, text }) => [at, text]),
    [
      [AT, 'one'],
      [AT, 'two'],
      [AT, 'last'],
    ],
  );
});
