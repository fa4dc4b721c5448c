import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from '../../../src/engine/connection.ts';
import { createEngine } from '../../../src/engine/docker.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { until } from '../../lab/until.ts';
import { adapter, containerOf, EDGE, localImage, POOL } from './fixtures.ts';

let lab: LabEngine;
let engine: Engine;
before(async () => {
  lab = await startEngine();
  engine = adapter(lab);
});
after(() => lab?.stop());

test('the edge is made once, and kept', async () => {
  const made = await engine.ensureEdge(EDGE, POOL);
  const { bridge = '', ...place } = made;
  assert.deepEqual(place, { subnet: '10.208.0.0/20', gateway: '10.208.0.1' });
  assert.match(await lab.exec(['ip', '-4', 'address', 'show', 'dev', bridge]), /inet 10\.208\.0\.1\/20 /);
  assert.deepEqual(await engine.ensureEdge(EDGE, POOL), made);
  const [network] = JSON.parse(await lab.docker(['network', 'inspect', EDGE]));
  assert.equal(network.Driver, 'bridge');
  assert.equal(network.Options['com.docker.network.bridge.enable_icc'], 'false');
  assert.equal(network.Labels['orca.cluster'], 'c1');
});

test("the subnet avoids the machine's and other networks' subnets", async () => {
  await lab.docker(['network', 'create', '--subnet', '10.208.32.0/24', 'theirs']);
  const busy = createEngine({ docker: lab.url, cluster: 'c9', machineSubnets: async () => ['10.208.16.0/24'] });
  assert.equal((await busy.ensureEdge('orca-edge-c9', POOL)).subnet, '10.208.48.0/20');
  await busy.removeNetwork('orca-edge-c9');
  await busy.removeNetwork('orca-edge-c9');
  assert.doesNotMatch(await lab.docker(['network', 'ls']), /orca-edge-c9/);
  await lab.docker(['network', 'rm', 'theirs']);
});

test('a subnet that only Docker knows to be in use is passed over', async () => {
  await lab.exec(['ip', 'link', 'add', 'other0', 'type', 'bridge']);
  await lab.exec(['ip', 'addr', 'add', '10.208.17.1/24', 'dev', 'other0']);
  await lab.exec(['ip', 'link', 'set', 'other0', 'up']);
  const blind = adapter(lab, 'c8');
  const { subnet } = await blind.ensureEdge('orca-edge-c8', POOL);
  assert.notEqual(subnet, '10.208.0.0/20');
  await blind.removeNetwork('orca-edge-c8');
  await lab.exec(['ip', 'link', 'del', 'other0']);
});

test('a pool without room is refused with the pool named', async () => {
  const full = createEngine({ docker: lab.url, cluster: 'c7', machineSubnets: async () => ['10.0.0.0/8'] });
  await assert.rejects(full.ensureEdge('orca-edge-c7', POOL), { code: 'unplaceable', message: /10\.208\.0\.0\/12/ });
});

test("a network that is not this cluster's edge is neither used nor removed", async () => {
  await lab.docker(['network', 'create', 'orca-edge-c6']);
  const other = adapter(lab, 'c6');
  await assert.rejects(other.ensureEdge('orca-edge-c6', POOL), { code: 'conflict', message: /"orca-edge-c6"/ });
  await assert.rejects(other.ensureEdge(EDGE, POOL), { code: 'conflict' });
  await other.removeNetwork('orca-edge-c6');
  await other.removeNetwork(EDGE);
  const left = (await lab.docker(['network', 'ls', '--format', '{{.Name}}'])).split('\n');
  assert.ok(left.includes('orca-edge-c6') && left.includes(EDGE));
});

test('of two networks with one name the oldest stays, or the one that is in use: Docker starts nothing while there are both', async (t) => {
  const own = adapter(lab, 'c5');
  const name = 'orca-edge-c5';
  const twins = async () => {
    const older = await makeTwin(name, '10.208.64.0/20');
    return [older, await makeTwin(name, '10.208.80.0/20')] as const;
  };
  const [, younger] = await twins();
  if (younger === undefined) return t.skip('this Docker makes no second one, whoever asks');
  const start = () => lab.docker(['run', '--detach', '--network', name, '--name', 'on-twin', 'orca-test/app:1']);
  await lab.ensureImage('orca-test/app:1');
  await assert.rejects(start(), /ambiguous/);
  await lab.docker(['rm', '--force', 'on-twin']);
  assert.equal((await own.ensureEdge(name, POOL)).subnet, '10.208.64.0/20');
  await start();
  await lab.docker(['rm', '--force', 'on-twin']);
  await own.removeNetwork(name);
  const [, used = ''] = await twins();
  await lab.docker(['run', '--detach', '--network', 'bridge', '--name', 'on-twin', 'orca-test/app:1']);
  await lab.docker(['network', 'connect', used, 'on-twin']);
  assert.equal((await own.ensureEdge(name, POOL)).subnet, '10.208.80.0/20');
  assert.deepEqual(await idsOf(name), [used]);
  await lab.docker(['rm', '--force', 'on-twin']);
  await own.removeNetwork(name);
});

/** What two masters do that look at the same moment, one after the other. The id; undefined if Docker does not make it. */
async function makeTwin(Name: string, Subnet: string): Promise<string | undefined> {
  const Labels = { 'orca.cluster': 'c5', 'orca.kind': 'edge' };
  const Options = { 'com.docker.network.bridge.enable_icc': 'false' };
  const IPAM = { Config: [{ Subnet }] };
  await connect(lab.url)
    .quick.createNetwork({ Name, Labels, Options, Driver: 'bridge', CheckDuplicate: false, IPAM })
    .catch((error: { statusCode?: number }) => assert.equal(error.statusCode, 409));
  const made = JSON.parse(await lab.docker(['network', 'inspect', ...(await idsOf(Name))]));
  return made.find((one: { IPAM: { Config: readonly { Subnet: string }[] } }) => one.IPAM.Config[0]?.Subnet === Subnet)
    ?.Id;
}

const idsOf = async (name: string): Promise<readonly string[]> =>
  (await lab.docker(['network', 'ls', '--quiet', '--no-trunc', '--filter', `name=^${name}$`]))
    .split('\n')
    .filter(Boolean);

test('containers on the edge are reached from the machine and not from each other', async () => {
  await lab.ensureImage('orca-test/app:1');
  const image = await localImage(engine, 'orca-test/app:1');
  const [a, b] = ['10.208.0.2', '10.208.0.3'].map((address) => containerOf({ image, address }));
  assert.ok(a && b);
  for (const one of [a, b]) {
    await engine.create(one);
    await engine.start(one.name);
    await until('an answer', async () => (await lab.get(`http://${one.address}:8080/healthz`)).status === 200);
  }
  const program = 'console.log((await fetch(process.argv[1], { signal: AbortSignal.timeout(1500) })).status)';
  const fetchFrom = (url: string) =>
    lab.docker(['exec', a.name, 'node', '--input-type=module', '--eval', program, url]);
  assert.equal(await fetchFrom('http://127.0.0.1:8080/healthz'), '200\n');
  await assert.rejects(fetchFrom(`http://${b.address}:8080/healthz`), /TimeoutError|fetch failed/);
  await assert.rejects(engine.removeNetwork(EDGE), { code: 'conflict', message: /active endpoints/ });
  for (const one of [a, b]) await engine.remove(one.name);
});

test('a container, running or not, is taken off a network and reaches nobody there; what is off or gone is no error', async () => {
  const image = await localImage(engine, 'orca-test/app:1');
  await engine.ensureEdge(EDGE, POOL);
  const network = 'orca-c1.shop.billing';
  await engine.ensureNetwork(network, POOL);
  const { subnet } = JSON.parse(await lab.docker(['network', 'inspect', network]))[0].IPAM.Config.map(
    ({ Subnet }: { Subnet: string }) => ({ subnet: Subnet }),
  )[0];
  const prefix = subnet.replace(/\.0\/\d+$/, '');
  const [a, b, c] = [2, 3, 4].map((last) =>
    containerOf({ image, address: `10.208.0.${last}`, further: [{ network, address: `${prefix}.${last}` }] }),
  );
  assert.ok(a && b && c);
  for (const one of [a, b, c]) await engine.create(one);
  for (const one of [a, b]) {
    await engine.start(one.name);
    await until('an answer', async () => (await lab.get(`http://${one.address}:8080/healthz`)).status === 200);
  }
  const program = 'console.log((await fetch(process.argv[1], { signal: AbortSignal.timeout(1500) })).status)';
  const reach = () =>
    lab.docker(['exec', a.name, 'node', '--input-type=module', '--eval', program, `http://${prefix}.3:8080/healthz`]);
  assert.equal(await reach(), '200\n');
  for (const one of [b, c, b]) await engine.disconnect(one.name, network);
  await assert.rejects(reach(), /TimeoutError|fetch failed/);
  for (const one of [b, c]) assert.equal((await engine.inspect(one.name))?.networks, undefined);
  assert.equal((await engine.inspect(b.name))?.state, 'running');
  await engine.start(c.name);
  assert.equal((await engine.inspect(c.name))?.networks, undefined, 'nor does it come back with a start');
  for (const one of [a, b, c]) await engine.remove(one.name);
  await engine.removeNetwork(network);
  await engine.disconnect(a.name, network);
  await engine.removeNetwork(EDGE);
});
