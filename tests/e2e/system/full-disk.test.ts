import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LabCluster, startCluster } from '../../lab/cluster.ts';
import { run } from '../../lab/command.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { until } from '../../lab/until.ts';

let engine: LabEngine;
let orca: LabCluster;

before(async () => {
  engine = await startEngine();
  await engine.ensureImage('orca-test/web:1');
  await engine.ensureImage('orca-test/web:2');
  orca = await startCluster(engine);
  await run(['mount', '-t', 'tmpfs', '-o', 'size=24m,mode=711', 'tmpfs', orca.dir]);
  await orca.startServer();
});

after(async () => {
  await orca?.stop();
  if (orca) await run(['umount', '--lazy', orca.dir]);
  await engine?.stop();
});

const web = (version: number) =>
  orca.manifest(
    'web',
    `project: shop
services:
  web:
    image: orca-test/web:${version}
    port: 8080
    domain: shop.example.com
    health: /healthz
    deploy: {monitor: 500ms}
`,
  );

test('a full disk: writes are refused with the reason, reads and traffic go on, and it recovers by itself', async () => {
  assert.equal((await orca.orca('deploy', '-f', web(1))).code, 0);
  const filler = join(orca.dir, 'filler');
  await run(['sh', '-c', 'head -c 64m /dev/zero > "$1"', 'sh', filler]).catch(() => {});

  const refused = await orca.orca('deploy', '-f', web(2));
  assert.notEqual(refused.code, 0);
  assert.match(refused.stdout + refused.stderr, /disk|space/);
  assert.equal((await orca.api('POST', '/api/v1/services/web/scale', { replicas: 3 })).status, 503);
  assert.equal((await orca.api('GET', '/api/v1/health')).status, 503);
  const status = await orca.api('GET', '/api/v1/status');
  assert.equal(status.status, 200);
  assert.match(status.body, /"running_replicas":1/);
  assert.equal((await orca.ask('shop.example.com')).body, '1\n');

  rmSync(filler);
  await until('the health to come back', async () => (await orca.api('GET', '/api/v1/health')).status === 200, 30_000);
  const { code, stdout, stderr } = await orca.orca('deploy', '-f', web(2));
  assert.equal(code, 0, stdout + stderr);
  assert.equal((await orca.ask('shop.example.com')).body, '2\n');
});
