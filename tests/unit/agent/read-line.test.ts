import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, describe, it } from 'node:test';
import { readJoinLine } from '../../../src/agent/join/read-line.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { formatJoinLine } from '../../../src/core/nodes/join-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'orca-line-'));
after(() => rmSync(folder, { recursive: true }));
const LINE = { host: 'orca.example.com', port: 6881, secret: 'S'.repeat(32), ca: 'a'.repeat(64) };

const input = (isTTY = false) =>
  Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.ReadStream & PassThrough;
const piped = (text: string) => {
  const stdin = input();
  stdin.end(text);
  return readJoinLine({ stdin, ask: () => assert.fail('asked where nobody is') });
};

describe('the line to join with', () => {
  it('is what is piped in, or the file holds', async () => {
    assert.deepEqual(await piped(`  ${formatJoinLine(LINE)}\n\n`), LINE);
    const file = join(folder, 'line');
    writeFileSync(file, `${formatJoinLine(LINE)}\n`);
    assert.deepEqual(await readJoinLine({ file, stdin: input(), ask: () => assert.fail('asked') }), LINE);
  });

  it('is asked for on a terminal, and ends with its line', async () => {
    const stdin = input(true);
    let asked = '';
    const reading = readJoinLine({
      stdin,
      ask: (text) => {
        asked += text;
      },
    });
    stdin.write(`${formatJoinLine(LINE)}\n`);
    assert.deepEqual(await reading, LINE);
    assert.match(asked, /orca node token/);
  });

  it('is not told again when it is cut off', async () => {
    const cut = formatJoinLine(LINE).slice(0, -3);
    await assert.rejects(piped(cut), (error: unknown) => {
      assert.ok(error instanceof OrcaError && error.code === 'invalid');
      assert.match(error.message, /a part of one/);
      assert.ok(!`${error.message}${error.hint}`.includes(LINE.secret));
      return true;
    });
    await assert.rejects(piped(''), /standard input is empty/);
    await assert.rejects(piped('x'.repeat(5000)), /too long/);
    await assert.rejects(
      readJoinLine({ file: join(folder, 'none'), stdin: input(), ask: () => undefined }),
      /cannot be read/,
    );
  });
});
