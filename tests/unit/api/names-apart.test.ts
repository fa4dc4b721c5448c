import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesApart, type Whereabouts } from '../../../src/api/deploying/names-apart.ts';
import { serviceKey } from '../../../src/core/model/service.ts';

const at = (name: string, nodes: readonly string[], project = 'shop'): Whereabouts => ({
  key: serviceKey(project, name),
  project,
  name,
  nodes: new Set(nodes),
});
const asked = (...names: readonly string[]) => new Set(names.map((name) => serviceKey('shop', name)));

test('a service is not found by others of its project on nodes that it is not on', () => {
  const all = [at('db', ['m1']), at('web', ['local', 'm1', 'm2']), at('else', ['m3'], 'other')];
  assert.deepEqual(namesApart(all, asked('db', 'web')), [
    'db: other services of shop on local, m2 do not find it by its name, which leads to tasks of their own node only',
  ]);
  assert.deepEqual(namesApart(all, asked('web')), []);
  assert.deepEqual(namesApart([at('db', ['local']), at('web', ['local'])], asked('db', 'web')), []);
  assert.deepEqual(namesApart([at('db', []), at('web', ['local'])], asked('db')), [], 'it runs nowhere');
});
