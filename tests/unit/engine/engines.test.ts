import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine } from '../../../src/engine/engine.ts';
import { createEngines } from '../../../src/engine/engines.ts';

const engine = (id: string) => ({ id }) as unknown as Engine;

test('engines come and go by the id of their node, and whoever listens is told', () => {
  const local = engine('local');
  const engines = createEngines({ local });
  const told: string[] = [];
  const unlisten = engines.onChange((node) => told.push(`${node} ${engines.nodes().includes(node)}`));
  const first = engine('first');
  engines.add('b', first);
  assert.deepEqual([engines.nodes(), engines.of('local'), engines.of('b')], [['local', 'b'], local, first]);
  engines.add('b', engine('second'));
  assert.notEqual(engines.of('b'), first);
  engines.remove('b');
  engines.remove('b');
  assert.deepEqual(told, ['b true', 'b false', 'b true', 'b false']);
  assert.throws(() => engines.of('b'), { code: 'unavailable', message: 'this server has no way to the node b' });
  unlisten();
  engines.add('c', first);
  assert.equal(told.length, 4);
});
