import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNodes } from '../../../../src/controllers/node/nodes.ts';
import type { NodeUpkeep } from '../../../../src/controllers/node/upkeep.ts';
import { createEngines } from '../../../../src/engine/engines.ts';
import { scriptedEngine } from '../support/engine.ts';

function begin() {
  const { engine } = scriptedEngine();
  const engines = createEngines({ local: engine });
  const log: string[] = [];
  const nodes = createNodes({
    engines,
    begin: (node) =>
      ({
        edge: { nodeName: () => `name of ${node}` },
        observer: { look: async () => undefined, created: () => void log.push(`created on ${node}`) },
        networks: { notice: () => void log.push(`notice ${node}`), problem: () => undefined },
        run: async (signal: AbortSignal) => {
          log.push(`begin ${node}`);
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          log.push(`end ${node}`);
        },
      }) as unknown as NodeUpkeep,
    onChange: (node) => void log.push(`change ${node}`),
  });
  return { engine, engines, nodes, log };
}

test('a node is looked after from when there is a way to it until there is none', async () => {
  const { engine, engines, nodes, log } = begin();
  engines.add('early', engine);
  const ending = new AbortController();
  const run = nodes.run(ending.signal);
  engines.add('late', engine);
  engines.remove('early');
  await Promise.resolve();
  assert.deepEqual(nodes.observers.nodes(), ['local', 'late']);
  nodes.notice();
  ending.abort();
  await run;
  engines.add('too late', engine);
  assert.deepEqual(log, [
    'change early',
    'begin local',
    'begin early',
    'begin late',
    'change late',
    'change early',
    'end early',
    'notice local',
    'notice late',
    'end local',
    'end late',
    'change too late',
  ]);
});

test('what is asked of a node that there is no way to is refused; what was done on one is told there alone', async () => {
  const { nodes, log } = begin();
  const task = { id: 'web-1-a', node: 'gone' };
  await assert.rejects(nodes.watching.look(task), { code: 'unavailable', message: /no way to the node gone/ });
  nodes.watching.created(task, 'c', {});
  nodes.watching.created({ ...task, node: 'local' }, 'c', {});
  assert.deepEqual(log, ['created on local']);
});
