import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { nodeFiles } from '../../../src/agent/membership/files.ts';
import type { AuthoritiesBody } from '../../../src/contract/node-authorities.ts';
import type { NodeBody } from '../../../src/contract/nodes.ts';
import { type LabMachine, type LabNodes, startNodes } from '../../lab/nodes.ts';
import { until } from '../../lab/until.ts';

/** A machine that has joined, and the CA that vouches for it replaced, through the real CLI. */
let lab: LabNodes;
let m1: LabMachine;

before(async () => {
  lab = await startNodes({ machines: 1 });
  const [one] = lab.machines;
  assert.ok(one);
  m1 = one;
  const { code, stdout, stderr } = await m1.join(await lab.token());
  assert.equal(code, 0, `${stdout}${stderr}`);
});
after(() => lab?.stop());

const get = async <T>(path: string): Promise<T> => JSON.parse((await lab.master.api('GET', path)).body) as T;
const isReady = () =>
  until('m1 to be ready', async () => (await get<NodeBody>('/api/v1/cluster/nodes/m1')).status === 'ready');
const cas = async () =>
  (await get<AuthoritiesBody>('/api/v1/cluster/authorities')).authorities.map(({ sha256 }) => sha256);
const caFile = () => readFileSync(nodeFiles(m1.dir).ca, 'utf8');
const ofOneCa = () => until('the node to know one CA', () => caFile().split('BEGIN CERTIFICATE').length === 2);
/** A machine that stood still for so long that the other end gave up is no fault of what is tested here. */
const wasLost = (log: string) => log.includes('connected to the master') && !log.includes('was silent for 8 s');

test('a new CA takes the place of the old one while the node stays connected, and its lines are over', async () => {
  await isReady();
  const [line, before, [old], { length }] = [await lab.token(), caFile(), await cas(), m1.log()];
  const { code, stdout, stderr } = await lab.master.orca('node', 'rotate-ca');
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.match(stdout, /all nodes have certificates of the new CA/);
  const [now, ...others] = await cas();
  assert.deepEqual(others, []);
  assert.notEqual(now, old);
  await ofOneCa();
  assert.notEqual(caFile(), before);
  assert.ok(!wasLost(m1.log().slice(length)), m1.log().slice(length));
  const late = await m1.join(line, '--check', '--name', 'late');
  assert.notEqual(late.code, 0);
  assert.match(`${late.stdout}${late.stderr}`, /is not the master that this line is of/);
});

test('the node comes back with what it was given, and so it does to a master that was killed', async () => {
  await m1.killAgent();
  await m1.startAgent();
  await until('it to be connected', async () => (await m1.state())?.up);
  lab.master.killServer();
  await lab.master.startServer();
  await until('it to be connected again', async () => (await m1.state())?.up);
  await isReady();
});

test('a replacement that is under way is finished after a kill of the master, when the node is back', async () => {
  const { code } = await m1.stopAgent();
  assert.equal(code, 0);
  await until('it to be down', async () => (await get<NodeBody>('/api/v1/cluster/nodes/m1')).status === 'down');
  const waits = await lab.master.orca('node', 'rotate-ca');
  assert.equal(waits.code, 1, waits.stderr);
  assert.match(waits.stdout, /stays until m1 is back/);
  lab.master.killServer();
  await lab.master.startServer();
  assert.equal((await cas()).length, 2);
  await m1.startAgent();
  await until('the old CA to be dropped', async () => (await cas()).length === 1);
  await ofOneCa();
  await isReady();
});
