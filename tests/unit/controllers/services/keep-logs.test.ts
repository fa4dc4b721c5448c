import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeepLogs } from '../../../../src/controllers/services/keep-logs.ts';
import { OrcaError } from '../../../../src/core/errors.ts';
import type { LogLine, LogQuery } from '../../../../src/engine/engine.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';

function begin(read: () => AsyncIterable<LogLine>) {
  const asked: LogQuery[] = [];
  const kept: string[] = [];
  const archive = {
    keep: async ({ id }: { readonly id: string }, tail: number) => {
      asked.push({ tail });
      for await (const { text } of read()) kept.push(`${id}: ${text}`);
    },
    read: () => read(),
  };
  return {
    keep: createKeepLogs(archive, createLogger({ level: 'silent' })),
    asked,
    kept,
  };
}

async function* broken(): AsyncGenerator<LogLine> {
  yield* [];
  throw new OrcaError('unavailable', 'docker stopped sending a log for 30 s');
}

test('the end of a log is kept, not all of it', async () => {
  const { keep, asked, kept } = begin(async function* () {
    yield { at: 1, task: 'web-1-a', stream: 'stdout', text: 'bye' } as LogLine;
  });
  await keep({ id: 'web-1-a', node: 'local' });
  assert.deepEqual(kept, ['web-1-a: bye']);
  assert.ok((asked[0]?.tail ?? Number.POSITIVE_INFINITY) <= 100_000);
});

test('a log that cannot be read is tried three times, then its task may end without it', async () => {
  const { keep, asked } = begin(broken);
  await assert.rejects(keep({ id: 'web-1-a', node: 'local' }), { code: 'unavailable' });
  await assert.rejects(keep({ id: 'web-1-a', node: 'local' }), { code: 'unavailable' });
  await keep({ id: 'web-1-a', node: 'local' });
  assert.equal(asked.length, 3);
  await assert.rejects(
    keep({ id: 'web-1-b', node: 'local' }),
    { code: 'unavailable' },
    'each task has tries of its own',
  );
});
