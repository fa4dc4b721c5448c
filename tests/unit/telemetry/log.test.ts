import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createLineWriter, createLogger } from '../../../src/telemetry/log.ts';

const folder = mkdtempSync(join(tmpdir(), 'orca-log-'));
after(() => rmSync(folder, { recursive: true }));

const collect = (level: 'info' | 'debug') => {
  const lines: string[] = [];
  const log = createLogger({ level, destination: { write: (line) => void lines.push(line) } });
  return { log, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
};

describe('the logger', () => {
  it('writes one JSON object a line, with the level as a word and the time in RFC 3339', () => {
    const { log, parsed } = collect('info');
    log.child({ module: 'engine' }).warn({ task: 'web.1' }, 'gone');
    const [line] = parsed();
    assert.ok(line);
    const { time, ...rest } = line;
    assert.deepEqual(rest, { level: 'warn', module: 'engine', task: 'web.1', msg: 'gone' });
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('leaves out what is below its level', () => {
    const { log, parsed } = collect('info');
    log.debug('quiet');
    log.info('told');
    assert.deepEqual(
      parsed().map(({ msg }) => msg),
      ['told'],
    );
  });

  it('keeps the message and the stack of an error', () => {
    const { log, parsed } = collect('debug');
    log.error({ err: new Error('no', { cause: new Error('why') }) }, 'failed');
    const err = parsed()[0]?.['err'] as Record<string, string>;
    assert.match(String(err['message']), /^no/);
    assert.match(String(err['stack']), /log\.test\.ts/);
    assert.match(String(err['stack']), /why/);
  });
});

describe('the line writer', () => {
  it('drops what a full disk does not take, and goes on', () => {
    const full = openSync('/dev/full', 'w');
    const writer = createLineWriter(full);
    writer.write('a\n');
    writer.write('b\n');
    closeSync(full);
  });

  it('tells how many lines were dropped once a line can be written again', () => {
    const path = join(folder, 'log');
    const descriptor = openSync(path, 'w');
    const writer = createLineWriter(descriptor);
    closeSync(descriptor);
    writer.write('lost\n');
    writer.write('lost too\n');
    assert.equal(openSync(path, 'a'), descriptor, 'the freed number is used again');
    writer.write('kept\n');
    writer.write('kept too\n');
    const [told, ...rest] = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.equal((JSON.parse(told ?? '') as { dropped: number }).dropped, 2);
    assert.deepEqual(rest, ['kept', 'kept too']);
    closeSync(descriptor);
  });
});
