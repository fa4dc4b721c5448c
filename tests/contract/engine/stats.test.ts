import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cpuPercent } from '../../../src/core/load/cpu-share.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { until } from '../../lab/until.ts';
import { adapter, containerOf, EDGE, localImage, POOL, specOf } from './fixtures.ts';

const LIMIT = 64 * 1024 * 1024;
let lab: LabEngine;
let engine: Engine;
const names: string[] = [];
before(async () => {
  lab = await startEngine();
  await lab.ensureImage('orca-test/web:1');
  engine = adapter(lab);
  const image = await localImage(engine, 'orca-test/web:1');
  await engine.ensureEdge(EDGE, POOL);
  for (const host of [2, 3]) {
    const spec = specOf({ resources: { memory: LIMIT } });
    const container = containerOf({ image, spec, address: `10.208.0.${host}` });
    await engine.create(container);
    names.push(container.name);
  }
  await engine.start(names[0] ?? '');
});
after(() => lab?.stop());

test('a running container tells its memory within its limit, its processes and its traffic', async () => {
  const [name = ''] = names;
  const sample = await engine.stats(name);
  assert.ok(sample);
  assert.equal(sample.memoryLimit, LIMIT);
  assert.ok(sample.memory > 0 && sample.memory < LIMIT, `${sample.memory}`);
  assert.ok(sample.pids >= 1 && sample.cpus >= 1 && sample.network !== undefined);
});

test('a busy process is seen in the CPU share, and new processes in their number', async () => {
  const [name = ''] = names;
  const idle = await engine.stats(name);
  const busy = await engine.exec(name, { command: ['/bin/sh', '-c', 'while :; do :; done'] });
  try {
    await until('the CPU share to show it', async () => {
      const [before, now] = [idle, await engine.stats(name)];
      return before && now && (cpuPercent(before, now) ?? 0) > 5 && now.pids > before.pids;
    });
  } finally {
    await busy.signal('SIGKILL');
    busy.close();
  }
});

test('what does not run, is not there or is not of the cluster has none', async () => {
  assert.equal(await engine.stats(names[1] ?? ''), undefined);
  assert.equal(await engine.stats('web-1-none'), undefined);
  await lab.docker(['run', '-d', '--init', '--name', 'stranger', 'orca-test/web:1']);
  assert.equal(await engine.stats('stranger'), undefined);
});

test('the machine tells what it has and uses, and the disk of Docker', async () => {
  const machine = await engine.machine();
  assert.ok(machine && machine.memory > 0 && machine.memory < machine.memoryTotal && machine.busy <= machine.total);
  const disk = await engine.disk();
  assert.ok(disk && disk.free > 0 && disk.free < disk.size);
});
