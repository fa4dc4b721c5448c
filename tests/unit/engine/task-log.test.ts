import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notFound, OrcaError } from '../../../src/core/errors.ts';
import type { ContainerView } from '../../../src/core/model/container.ts';
import type { Engine, LogLine } from '../../../src/engine/engine.ts';
import { readEndedLog, readTaskLog, type TaskLogs } from '../../../src/engine/task-log.ts';

const box = { id: 'c', name: 'web-1-a' } as ContainerView;

async function* linesOf(...texts: readonly string[]): AsyncGenerator<LogLine> {
  for (const text of texts) yield { at: 1, stream: 'stdout', text };
}

async function* failing(error: OrcaError): AsyncGenerator<LogLine> {
  yield* [];
  throw error;
}

interface Wish {
  readonly inspect?: () => Promise<ContainerView | undefined>;
  readonly logs?: () => AsyncGenerator<LogLine>;
  readonly kept?: readonly string[];
  /** Of the copy, in place of `kept`. */
  readonly copy?: () => AsyncGenerator<LogLine>;
}

const sources = ({ inspect = async () => box, logs = () => linesOf('live'), kept = [], copy }: Wish): TaskLogs => ({
  engines: { of: () => ({ inspect, logs }) as unknown as Engine },
  archive: { read: copy ?? (() => linesOf(...kept)) },
});

const textsOf = async (read: typeof readTaskLog, wish: Wish): Promise<readonly string[]> => {
  const texts: string[] = [];
  for await (const { text } of read(sources(wish), { id: 'web-1-a', node: 'local' }, {})) texts.push(text);
  return texts;
};

const gone = async () => undefined;
const away = () => Promise.reject(new OrcaError('unavailable', 'docker does not answer'));

test('the log of a task is its container’s, or the copy once that is gone', async () => {
  assert.deepEqual(await textsOf(readTaskLog, { kept: ['old'] }), ['live']);
  assert.deepEqual(await textsOf(readTaskLog, { inspect: gone, kept: ['copy'] }), ['copy']);
  const removed = () => failing(notFound('container', 'web-1-a'));
  assert.deepEqual(await textsOf(readTaskLog, { logs: removed, kept: ['copy'] }), ['copy']);
  await assert.rejects(textsOf(readTaskLog, { inspect: away, kept: ['copy'] }), { code: 'unavailable' });
});

test('the log of an ended task is the copy, without an engine, and its container’s until that is made', async () => {
  assert.deepEqual(await textsOf(readEndedLog, { kept: ['copy'] }), ['copy']);
  assert.deepEqual(await textsOf(readEndedLog, { inspect: away, kept: ['copy'] }), ['copy']);
  assert.deepEqual(await textsOf(readEndedLog, {}), ['live']);
  assert.deepEqual(await textsOf(readEndedLog, { inspect: away }), []);
  const nowhere = () => failing(new OrcaError('unavailable', 'node "w1" is not connected'));
  assert.deepEqual(await textsOf(readEndedLog, { copy: nowhere, inspect: away }), []);
  assert.deepEqual(await textsOf(readEndedLog, { copy: nowhere }), ['live']);
});
