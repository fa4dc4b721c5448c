import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/web:1', 'orca-test/web:2'] });

const web = ({ version = '1', replicas = 1, more = '' } = {}) =>
  lab.orca.manifest(
    'web',
    `project: shop
services:
  web:
    image: orca-test/web:${version}
    replicas: ${replicas}
    port: 8080
    domain: shop.example.com
    health: /healthz
    deploy: {monitor: 500ms}
${more}`,
  );

const answer = async (path = '/') => (await lab.orca.ask('shop.example.com', path)).body;

test('before anything is deployed the ingress knows no host, and status says what to do', async () => {
  assert.equal((await lab.orca.ask('shop.example.com')).status, 404);
  const { code, stdout, stderr } = await lab.orca.orca('status');
  assert.equal(code, 0, stderr);
  assert.match(stdout + stderr, /no services/);
});

test('deploy runs a container and routes its domain', async () => {
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', web());
  assert.equal(code, 0, stderr);
  assert.match(stdout, /http:\/\/shop\.example\.com/);
  assert.equal(await answer(), '1\n');
  assert.equal((await lab.orca.containers('web')).length, 1);
});

test('an unchanged service is not touched, and deploy says so', async () => {
  const before = await lab.orca.containers('web');
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', web());
  assert.equal(code, 0, stderr);
  assert.match(stdout + stderr, /web is unchanged/);
  assert.deepEqual(await lab.orca.containers('web'), before);
});

test('plan shows the change, and exits 2 with --exit-code', async () => {
  const { code, stdout } = await lab.orca.orca('plan', '-f', web({ version: '2' }), '--exit-code');
  assert.equal(code, 2);
  assert.match(stdout, /orca-test\/web:1.*orca-test\/web:2/);
  assert.equal(await answer(), '1\n');
});

test('a change replaces the container', async () => {
  const before = await lab.orca.containers('web');
  const { code, stderr } = await lab.orca.orca('deploy', '-f', web({ version: '2' }));
  assert.equal(code, 0, stderr);
  assert.equal(await answer(), '2\n');
  await until('the old container to be gone', async () => (await lab.orca.containers('web')).length === 1);
  assert.notDeepEqual(await lab.orca.containers('web'), before);
});

test('scale 1-5-0-1: as many containers as wanted, the ones that stay untouched', async () => {
  const [first] = await lab.orca.containers('web');
  for (const count of [5, 0, 1]) {
    const { code, stderr } = await lab.orca.orca('scale', `web=${count}`);
    assert.equal(code, 0, stderr);
    await until(`${count} containers`, async () => (await lab.orca.containers('web')).length === count);
    if (count === 5) assert.ok((await lab.orca.containers('web')).includes(first ?? ''));
    if (count === 0) assert.equal((await lab.orca.ask('shop.example.com')).status, 503);
  }
  await until('an answer', async () => (await lab.orca.ask('shop.example.com')).status === 200);
});

test('ps and logs show what runs', async () => {
  const ps = await lab.orca.orca('ps');
  assert.match(ps.stdout, /web\.1 .*running/);
  const logs = await lab.orca.orca('logs', 'web');
  assert.equal(logs.code, 0, logs.stderr);
});

test('stop stops, start starts again', async () => {
  assert.equal((await lab.orca.orca('stop', 'web')).code, 0);
  await until('no container', async () => (await lab.orca.containers('web')).length === 0);
  await until('its word', async () => /^web +shop +stopped /m.test((await lab.orca.orca('status')).stdout));
  assert.equal((await lab.orca.orca('start', 'web')).code, 0);
  await until('an answer', async () => (await lab.orca.ask('shop.example.com')).status === 200);
});

test('a host port is replaced stop-first, and the plan says so', async () => {
  const port = '    ports: ["127.0.0.1:9000:8080"]\n';
  assert.equal((await lab.orca.orca('deploy', '-f', web({ version: '1', more: port }))).code, 0);
  const plan = await lab.orca.orca('plan', '-f', web({ version: '2', more: port }));
  assert.match(plan.stdout, /stop-first/);
  const { code, stderr } = await lab.orca.orca('deploy', '--yes', '-f', web({ version: '2', more: port }));
  assert.equal(code, 0, stderr);
  assert.equal(await answer(), '2\n');
});

test('more than one replica with a host port cannot be placed: exit 4', async () => {
  const port = '    ports: ["127.0.0.1:9000:8080"]\n';
  const { code, stderr } = await lab.orca.orca('deploy', '--yes', '-f', web({ version: '2', replicas: 2, more: port }));
  assert.equal(code, 4, stderr);
});

test('rm takes the service away, its host is unknown again', async () => {
  const { code, stderr } = await lab.orca.orca('rm', '--yes', 'web');
  assert.equal(code, 0, stderr);
  await until('no container', async () => (await lab.orca.containers('web')).length === 0);
  await until('404', async () => (await lab.orca.ask('shop.example.com')).status === 404);
});
