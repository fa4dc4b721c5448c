import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { OrcaError } from '../../src/core/errors.ts';
import type { Engine, LogLine, LogQuery } from '../../src/engine/engine.ts';
import { createEngines } from '../../src/engine/engines.ts';
import { createKeptLogs } from '../../src/kept-logs.ts';
import type { Wire } from '../../src/tunnel/wire.ts';

async function* linesOf(...texts: readonly string[]): AsyncGenerator<LogLine> {
  for (const text of texts) yield { at: 1, stream: 'stdout', text };
}

/** The master's own machine, and the node w1, which tells what was asked of it. */
function begin(t: TestContext) {
  const asked: unknown[] = [];
  const dir = mkdtempSync(join(tmpdir(), 'orca-kept-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const wire = {
    keepLog: async (wish: unknown) => void asked.push(wish),
    readLog: (query: unknown) => linesOf(JSON.stringify(query)),
    listLogs: async () => [{ task: 'there', at: 1, bytes: 2 }],
    removeLog: async (task: string) => void asked.push(`remove ${task}`),
  } as unknown as Wire;
  const engine = {
    logs: (task: string, { tail }: LogQuery) => linesOf(`${task} ${tail}`, 'its end'),
  } as unknown as Engine;
  const logs = createKeptLogs({
    dir,
    clock: { now: () => 1 },
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

test('a log is kept where its task was, and read from there with what was asked for', async (t) => {
  const { logs, asked, read } = begin(t);
  await logs.keep({ id: 'web-1-a', node: 'local' }, 5);
  assert.deepEqual(asked, []);
  assert.deepEqual(await read('local'), ['web-1-a 5', 'its end']);
  assert.deepEqual(await read('local', { tail: 1 }), ['its end']);

  await logs.keep({ id: 'web-1-a', node: 'w1' }, 5);
  assert.deepEqual(asked, [{ task: 'web-1-a', tail: 5 }]);
  assert.deepEqual(await read('w1', { tail: 3, since: 7 }), ['{"task":"web-1-a","tail":3,"since":7}']);
  assert.deepEqual(await read('w1'), ['{"task":"web-1-a"}']);
});

test('they are listed and removed on the node that has them', async (t) => {
  const { logs, asked } = begin(t);
  await logs.keep({ id: 'web-1-a', node: 'local' }, 5);
  const listed = async (node: string) => (await logs.list(node)).map(({ task }) => task);
  assert.deepEqual([await listed('local'), await listed('w1')], [['web-1-a'], ['there']]);
  await logs.remove('w1', 'web-1-a');
  assert.deepEqual([asked, await listed('local')], [['remove web-1-a'], ['web-1-a']]);
  await logs.remove('local', 'web-1-a');
  assert.deepEqual(await listed('local'), []);
});

test('of a node that there is no way to it says so', async (t) => {
  const { logs, read } = begin(t);
  await assert.rejects(logs.keep({ id: 'web-1-a', node: 'w2' }, 5), { code: 'unavailable' });
  await assert.rejects(read('w2'), { code: 'unavailable' });
});
