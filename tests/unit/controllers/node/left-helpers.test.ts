import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removeLeftHelpers } from '../../../../src/controllers/node/left-helpers.ts';
import type { ObservedContainer } from '../../../../src/core/model/container.ts';
import { createEngines } from '../../../../src/engine/engines.ts';
import { scriptedEngine } from '../support/engine.ts';
import { emptyWorld } from '../support/shop.ts';

const container = (name: string, kind: string, state: ObservedContainer['state']): ObservedContainer => ({
  id: `id-${name}`,
  name,
  labels: { 'orca.cluster': 'c', 'orca.kind': kind },
  state,
  oomKilled: false,
  restarts: 0,
  stateSince: 0,
});

test('only what is for volumes and does not run is removed, by its id', async () => {
  const removed: string[] = [];
  const removeLeftHelper = async (name: string, id: string) => void removed.push(`${name} ${id}`);
  const engines = createEngines({ local: { ...scriptedEngine().engine, removeLeftHelper } });
  const containers = () => [
    container('orca-volume-shop_data', 'volume', 'created'),
    container('orca-volume-odd', 'volume', 'running'),
    container('web-1-a', 'task', 'created'),
    container('web-run-a', 'run', 'created'),
    container('web-0-a', 'release', 'created'),
  ];
  await removeLeftHelpers({ world: { ...emptyWorld, containers }, engines }, 'local');
  assert.deepEqual(removed, ['orca-volume-shop_data id-orca-volume-shop_data']);
  await removeLeftHelpers({ world: { ...emptyWorld, containers: () => undefined }, engines }, 'local');
  assert.equal(removed.length, 1);
});
