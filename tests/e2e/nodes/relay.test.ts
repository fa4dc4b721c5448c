import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { NodeBody } from '../../../src/contract/nodes.ts';
import { run } from '../../lab/command.ts';
import { startLoad } from '../../lab/load/load.ts';
import { type LabMachine, type LabNodes, startNodes } from '../../lab/nodes.ts';
import { until } from '../../lab/until.ts';

/** Requests come in on the master's machine, and half of the tasks are on another one. */
let lab: LabNodes;
let m1: LabMachine;

const HOST = 'shop.example.com';

const web = (version: number): string =>
  lab.master.manifest(
    'shop',
    `project: shop
services:
  web: {image: "orca-test/app:${version}", port: 8080, domain: ${HOST}, replicas: 4, health: {path: /healthz}, deploy: {monitor: 0s}, placement: {when_lost: wait}}
`,
  );

const done = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await lab.master.orca(...args);
  assert.equal(code, 0, `orca ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};
const nodes = async (): Promise<readonly NodeBody[]> =>
  (JSON.parse((await lab.master.api('GET', '/api/v1/cluster/nodes')).body) as { nodes: readonly NodeBody[] }).nodes;

/** Tasks on the other machine that have answered anything, as the access log of the master's data plane tells. */
async function answeredThere(): Promise<readonly string[]> {
  const lines = readFileSync(join(lab.master.dir, 'ingress/access.log'), 'utf8').split('\n').filter(Boolean);
  const tasks = new Set(lines.map((line) => (JSON.parse(line) as { task: string }).task));
  const there = await m1.engine.docker(['ps', '--format', '{{.Names}}']);
  return there.split('\n').filter((name) => tasks.has(name));
}

/** Of the other machine, as `orca node inspect` tells it. */
const relay = async (): Promise<NodeBody['relay']> =>
  (JSON.parse(await done('node', 'inspect', 'm1', '--json')) as NodeBody).relay;
const isRelay = (state: NonNullable<NodeBody['relay']>['state'], why = '') =>
  until(`the other machine to be ${state}`, async () => {
    const now = await relay();
    return now?.state === state && (now.problem ?? '').includes(why);
  });

/** What comes to the port of the other machine over the network; its own agent connects to it on the machine. */
const port = (action: '--insert' | '--delete') =>
  run(
    m1.engine.namespace.inside([
      'iptables',
      '--wait',
      action,
      'INPUT',
      '-i',
      'lan0',
      '-p',
      'tcp',
      '--dport',
      '6882',
      '-j',
      'DROP',
    ]),
  );

const ask = async (times: number): Promise<void> => {
  for (let i = 0; i < times; i += 1) assert.equal((await lab.master.ask(HOST)).status, 200);
};

before(async () => {
  lab = await startNodes({ machines: 1, images: ['orca-test/app:1', 'orca-test/app:2'] });
  const [one] = lab.machines;
  assert.ok(one);
  m1 = one;
  const ran = await m1.join(await lab.token());
  assert.equal(ran.code, 0, `${ran.stdout}${ran.stderr}`);
  const isReady = async () => (await nodes()).every(({ runs_services: runs }) => runs);
  await until('both machines to take tasks', isReady);
  await done('deploy', '-f', web(1));
});
after(() => lab?.stop());

describe('tasks of a node that is no ingress', () => {
  it('answer what comes in at the machine of the master', async () => {
    const there = async () => Number((await m1.engine.docker(['ps', '--quiet'])).split('\n').filter(Boolean).length);
    assert.equal(await there(), 2);
    await until('both to have answered', async () => {
      for (let i = 0; i < 4; i += 1) assert.equal((await lab.master.ask(HOST)).status, 200);
      return (await answeredThere()).length === 2;
    });
  });

  it('are replaced under load, WebSockets too, without a failed request', async () => {
    await using load = await startLoad({ address: lab.master.engine.address, host: HOST, rate: 50, sockets: 4 });
    await done('deploy', '-f', web(2));
    const outcome = await load.stop();
    assert.deepEqual(outcome.failures, []);
    assert.ok(outcome.versions['1'] && outcome.versions['2'], JSON.stringify(outcome.versions));
    assert.ok(outcome.frames > 0);
  });

  it('are left out once their node is cut off, and no request is lost for it', async () => {
    await m1.plug.cut();
    for (let i = 0; i < 12; i += 1) assert.equal((await lab.master.ask(HOST)).status, 200);
    await m1.plug.mend();
  });
});

describe('a node whose port for requests is closed', () => {
  before(() => port('--insert'));

  it('has them through its agent, with no request lost on the way there, and may be deployed to', async () => {
    await ask(12);
    await isRelay('through_agent', 'TCP 6882');
    await using load = await startLoad({ address: lab.master.engine.address, host: HOST, rate: 50, sockets: 4 });
    await done('deploy', '-f', web(1));
    const outcome = await load.stop();
    assert.deepEqual(outcome.failures, []);
    assert.ok(outcome.versions['1'] && outcome.versions['2'], JSON.stringify(outcome.versions));
    const isNew = async () => {
      await ask(4);
      return (await answeredThere()).length === 2;
    };
    await until('both new tasks there to have answered', isNew);
    assert.match(await done('node', 'ls'), /through the agent/);
  });

  it('is told of as unreachable while its agent is dead, and costs no request', async () => {
    await m1.killAgent();
    await ask(12);
    await isRelay('unreachable', 'nor through its agent: node "m1" is not connected');
    await m1.startAgent();
    await isRelay('through_agent');
  });

  it('has them directly again once the port is open', async () => {
    await port('--delete');
    await isRelay('direct');
    await ask(12);
  });
});
