import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OrcaError } from '../../src/core/errors.ts';
import type { Engine, LogLine, LogQuery } from '../../src/engine/engine.ts';
import { createEngines } from '../../src/engine/engines.ts';
import { createKeptLogs } from '../../src/kept-logs.ts';
import type { LogArchive } from '../../src/node/log-archive.ts';
import type { Wire } from '../../src/tunnel/wire.ts';

async function* linesOf(...texts: readonly string[]): AsyncGenerator<LogLine> {
  for (const text of texts) yield { at: 1, stream: 'stdout', text };
}

/** The master's own machine and the node w1, each of which tells what was asked of it. */
function begin() {
  const asked: unknown[] = [];
  const own = {
    keep: async (task: string, lines: AsyncIterable<LogLine>) => {
      for await (const { text } of lines) asked.push(`own ${task}: ${text}`);
    },
    read: (task: string, query: LogQuery) => linesOf(`own ${task} ${query.tail}`),
  } as unknown as LogArchive;
  const wire = {
    keepLog: async (wish: unknown) => void asked.push(wish),
    readLog: (query: unknown) => linesOf(JSON.stringify(query)),
  } as unknown as Wire;
  const engine = { logs: (task: string, { tail }: LogQuery) => linesOf(`${task} ${tail}`) } as unknown as Engine;
  const logs = createKeptLogs({
    own,
    engines: createEngines({ local: engine }),
    wire: (node) => {
      if (node === 'w1') return wire;
      throw new OrcaError('unavailable', `node "${node}" cannot be reached`);
    },
  });
  const read = async (node: string, query: LogQuery = {}) => {
    const texts: string[] = [];
    for await (const { text } of logs.read({ id: 'web-1-a', node }, query)) texts.push(text);
    return texts;
  };
  return { logs, asked, read };
}

test('a log is kept where its task was: over no wire on the own machine, and by the node itself on another', async () => {
  const { logs, asked } = begin();
  await logs.keep({ id: 'web-1-a', node: 'local' }, 5);
  await logs.keep({ id: 'web-1-b', node: 'w1' }, 5);
  assert.deepEqual(asked, ['own web-1-a: web-1-a 5', { task: 'web-1-b', tail: 5 }]);
});

test('it is read from there, with what was asked for', async () => {
  const { read } = begin();
  assert.deepEqual(await read('local', { tail: 3 }), ['own web-1-a 3']);
  assert.deepEqual(await read('w1', { tail: 3, since: 7 }), ['{"task":"web-1-a","tail":3,"since":7}']);
  assert.deepEqual(await read('w1'), ['{"task":"web-1-a"}']);
});

test('of a node that there is no way to it says so', async () => {
  const { logs, read } = begin();
  await assert.rejects(logs.keep({ id: 'web-1-a', node: 'w2' }, 5), { code: 'unavailable' });
  await assert.rejects(read('w2'), { code: 'unavailable' });
});
