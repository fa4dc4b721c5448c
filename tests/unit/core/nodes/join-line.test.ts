import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatJoinLine, parseJoinLine } from '../../../../src/core/nodes/join-line.ts';

const LINE = { host: 'master.example.com', port: 6881, secret: 'a'.repeat(32), ca: 'b'.repeat(64) };

describe('the line that a machine joins with', () => {
  it('is read as it was written, by name, IPv4 and IPv6', () => {
    for (const host of ['master.example.com', '10.0.0.5', 'fd00::5']) {
      const line = { ...LINE, host };
      assert.deepEqual(parseJoinLine(formatJoinLine(line)), line);
      assert.deepEqual(parseJoinLine(`  ${formatJoinLine(line)}\r\nmore\n`), line);
    }
  });

  it('is not read by halves', () => {
    const whole = formatJoinLine(LINE);
    for (const text of ['', whole.slice(0, -1), whole.replace('orca-join', 'https'), whole.replace(':6881', ':0')])
      assert.equal(parseJoinLine(text), undefined, text);
  });
});
