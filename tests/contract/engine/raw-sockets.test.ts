import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import type { ServiceSpec } from '../../../src/core/model/service-spec.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { run as command } from '../../lab/command.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { until } from '../../lab/until.ts';
import { adapter, containerOf, EDGE, localImage, POOL, specOf } from './fixtures.ts';

const VICTIM = '10.208.0.2';
const THIEF = '10.208.0.3';
const PING = ['ping', '-c1', '-W5', '10.208.0.1'];

let lab: LabEngine;
let engine: Engine;
let image: ResolvedImage;
before(async () => {
  lab = await startEngine();
  engine = adapter(lab);
  await engine.ensureEdge(EDGE, POOL);
  await lab.ensureImage('orca-test/web:1');
  await lab.ensureImage('orca-test/thief:1');
  image = await localImage(engine, 'orca-test/thief:1');
  await run(VICTIM, {}, await localImage(engine, 'orca-test/web:1'));
  await until('an answer', async () => (await answer()) === 200);
});
after(() => lab?.stop());

const run = async (address: string, spec: Partial<ServiceSpec>, of = image): Promise<string> => {
  const container = containerOf({ image: of, address, spec: specOf(spec) });
  await engine.create(container);
  await engine.start(container.name);
  return container.name;
};
const said = (name: string): Promise<string> => lab.docker(['logs', name]);
const steal = (spec: Partial<ServiceSpec>) => run(THIEF, { command: ['perl', '/thief.pl', 'arp', VICTIM], ...spec });
const answer = async (): Promise<number> =>
  (await lab.get(`http://${VICTIM}:8080/healthz`, 500).catch(() => ({ status: 0 }))).status;

test('a thief that kept raw sockets takes the traffic of another; a container like any other opens none', async () => {
  const armed = await steal({ capKeep: ['NET_RAW'] });
  await until('the thief to take a frame', async () => {
    const status = await answer();
    return status === 0 && /^taken/m.test(await said(armed));
  });
  await engine.remove(armed);

  const plain = await steal({});
  await until('the thief to be refused', async () =>
    /^no raw socket: Operation not permitted$/m.test(await said(plain)),
  );
  await until('an answer', async () => (await answer()) === 200);
  assert.doesNotMatch(await said(plain), /armed|taken/);
  await engine.remove(plain);
});

test('ping works in a container like any other, of every user', async () => {
  const name = await run(THIEF, {});
  for (const user of ['root', 'nobody', '65534:12345'])
    assert.match(await lab.docker(['exec', '--user', user, name, ...PING]), /1 received/, user);
  await engine.remove(name);
});

test('ping works where containers have users of their own, too', async () => {
  const remapped = await startEngine();
  try {
    const etc = join(remapped.dir, 'etc');
    await remapped.exec(['cp', '--archive', '/etc', etc]);
    for (const file of ['subuid', 'subgid']) writeFileSync(join(etc, file), 'orca-test:200000:65536\n');
    appendFileSync(join(etc, 'passwd'), 'orca-test:x:61999:61999::/:/bin/false\n');
    appendFileSync(join(etc, 'group'), 'orca-test:x:61999:\n');
    await command(remapped.namespace.within(['mount', '--bind', etc, '/etc']));
    await remapped.stopEngine();
    writeFileSync(join(remapped.dir, 'daemon.json'), '{"userns-remap": "orca-test"}');
    await remapped.startEngine();
    const other = adapter(remapped);
    await remapped.ensureImage('orca-test/thief:1');
    await other.ensureEdge(EDGE, POOL);
    const container = containerOf({ image: await localImage(other, 'orca-test/thief:1'), address: THIEF });
    await other.create(container);
    await other.start(container.name);
    for (const user of ['root', 'nobody'])
      assert.match(await remapped.docker(['exec', '--user', user, container.name, ...PING]), /1 received/, user);
  } finally {
    await remapped.stop();
  }
});

test('a container forks no further than its limit of process ids', async () => {
  const name = await run(THIEF, { resources: { pids: 20 } });
  const many = 'for i in $(yes | head -n 40); do sleep 100 & done';
  await assert.rejects(lab.docker(['exec', name, 'sh', '-c', many]), /can't fork/);
  await engine.remove(name);
  const usual = await run(THIEF, {});
  assert.equal(await lab.docker(['inspect', '--format', '{{.HostConfig.PidsLimit}}', usual]), '4096\n');
  await engine.remove(usual);
});
