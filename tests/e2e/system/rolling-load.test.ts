import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLoad } from '../../lab/load/load.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const DEPLOYS = 10;
const RATE = 500;
const SOCKETS = 20;

const lab = useCluster({ images: ['orca-test/app:1', 'orca-test/app:2'] });

const web = (version: number) =>
  lab.orca.manifest(
    'web',
    `project: shop
services:
  web:
    image: orca-test/app:${version}
    replicas: 2
    port: 8080
    domain: shop.example.com
    health: /healthz
    env: {SLOW_MS: "2000", SHUTDOWN_MS: "1000"}
    deploy: {monitor: 500ms}
`,
  );

const deploy = async (version: number) => {
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', web(version));
  return code === 0 ? '' : stdout + stderr;
};

test(`${DEPLOYS} rolling deploys in a row under ${RATE} requests a second and ${SOCKETS} WebSockets: none fails`, async (t) => {
  assert.equal(await deploy(1), '');
  await using load = await startLoad({
    address: lab.engine.address,
    host: 'shop.example.com',
    rate: RATE,
    sockets: SOCKETS,
  });
  const complaints = [];
  for (let n = 1; n <= DEPLOYS; n += 1) complaints.push(await deploy(1 + (n % 2)));
  const seen = await load.stop();
  t.diagnostic(JSON.stringify(seen));
  assert.deepEqual(complaints.filter(Boolean), []);
  assert.deepEqual(seen.failures, []);
  assert.equal(seen.failed, 0);
  assert.ok((seen.versions['1'] ?? 0) > 0 && (seen.versions['2'] ?? 0) > 0, 'both versions answered');
  assert.ok(seen.frames > 0 && seen.closed > 0, 'WebSockets talked, and were closed in good order');
});
