import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { adapter } from './fixtures.ts';

let lab: LabEngine;
let engine: Engine;
before(async () => {
  lab = await startEngine();
  engine = adapter(lab);
});
after(() => lab?.stop());

const isClean = async () => {
  const lists = [
    ['ps', '--all', '--quiet'],
    ['images', '--all', '--quiet'],
    ['network', 'ls', '--quiet', '--filter', 'name=orca-trial'],
  ];
  for (const list of lists) assert.equal(await lab.docker(list), '', list.join(' '));
};

test('a container runs and answers on an engine that has no image, and nothing is left', async () => {
  await engine.tryContainer();
  await isClean();
});

test('what a killed master has left is in no way', async () => {
  await lab.docker(['network', 'create', 'orca-trial-c1']);
  await lab.ensureImage('orca-test/web:1');
  await lab.docker(['tag', 'orca-test/web:1', 'orca-trial-c1:latest']);
  await lab.docker(['run', '--detach', '--name', 'orca-trial-c1', '--network', 'orca-trial-c1', 'orca-trial-c1']);
  await engine.tryContainer();
  await lab.docker(['image', 'rm', 'orca-test/web:1']);
  await isClean();
});

test('an engine that starts no container is told of in its own words, and nothing is left', async () => {
  await lab.stopEngine();
  const runtimes = { broken: { path: '/bin/false' } };
  await writeFile(`${lab.dir}/daemon.json`, JSON.stringify({ runtimes, 'default-runtime': 'broken' }));
  await lab.startEngine();
  await assert.rejects(engine.tryContainer(), (error: unknown) => {
    assert.ok(error instanceof OrcaError);
    assert.match(error.message, /^docker cannot start a container: /);
    return true;
  });
  await isClean();
});
