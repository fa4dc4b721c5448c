import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFileVolumeRetention } from '../../../src/controllers/file-volume-retention.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { createEngines } from '../../../src/engine/engines.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { scriptedEngine } from './support/engine.ts';

test('folders of files are removed on each node, also where the engine of another one is away', async () => {
  const asked: string[] = [];
  const { engine } = scriptedEngine();
  const engines = createEngines({
    away: { ...engine, removeLeftFileVolumes: () => Promise.reject(new OrcaError('unavailable', 'docker is away')) },
    local: {
      ...engine,
      removeLeftFileVolumes: async () => {
        asked.push('local');
        return ['folder'];
      },
    },
  });
  await createFileVolumeRetention({ engines, log: createLogger({ level: 'silent' }) })();
  assert.deepEqual(asked, ['local']);
});
