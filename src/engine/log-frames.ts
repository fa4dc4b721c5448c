import type { LogLine } from './engine.ts';
import { createFrameReader } from './frames.ts';

/** Longest text in one line, bytes; a longer one comes in pieces. Docker itself cuts at 16 KiB. */
export const MAX_LOG_TEXT = 16 * 1024;

/** Turns the bytes of a log stream into lines, whatever way they are cut into chunks. */
export interface LogParser {
  push(chunk: Uint8Array): LogLine[];
  /** What stands at the end without a line feed. */
  end(): LogLine[];
}

/** Of a container without a terminal: Docker's multiplexed stream. */
export function createFrameParser(): LogParser {
  const read = createFrameReader();
  const streams = { stdout: createLineParser('stdout'), stderr: createLineParser('stderr') };
  return {
    push: (chunk) => {
      const lines: LogLine[] = [];
      for (const { stream, bytes, ends } of read(chunk)) {
        lines.push(...streams[stream].push(bytes));
        // A frame is one message: a piece of a long line has no line feed, and the next one has a time of its own.
        if (ends) lines.push(...streams[stream].end());
      }
      return lines;
    },
    end: () => [...streams.stdout.end(), ...streams.stderr.end()],
  };
}

/** Lines of text, each with Docker's time before it: `2026-01-02T03:04:05.678901234Z text`. What a TTY gives. */
export function createLineParser(stream: LogLine['stream']): LogParser {
  let rest = Buffer.alloc(0);
  let at = 0;
  let midLine = false;

  const emit = (bytes: Buffer): LogLine => {
    const text = bytes.toString('utf8');
    const stamp = midLine ? null : STAMP.exec(text);
    if (stamp !== null) at = Date.parse(stamp[1] ?? '');
    return { at, stream, text: (stamp === null ? text : text.slice(stamp[0].length)).replace(/\r$/, '') };
  };
  const take = (bytes: Buffer, lineEnds: boolean): LogLine => {
    const line = emit(bytes);
    midLine = !lineEnds;
    return line;
  };

  return {
    push: (chunk) => {
      const lines: LogLine[] = [];
      let bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      for (let end = bytes.indexOf(LF); bytes.length > LIMIT || end >= 0; end = bytes.indexOf(LF)) {
        const whole = end >= 0 && end <= LIMIT;
        const length = whole ? end : LIMIT;
        lines.push(take(bytes.subarray(0, length), whole));
        bytes = bytes.subarray(whole ? length + 1 : length);
      }
      rest = bytes;
      return lines;
    },
    end: () => {
      const lines = rest.length === 0 ? [] : [take(rest, true)];
      rest = Buffer.alloc(0);
      midLine = false;
      return lines;
    },
  };
}

const LF = 10;
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/;
const STAMP_ROOM = 40;
const LIMIT = MAX_LOG_TEXT + STAMP_ROOM;
