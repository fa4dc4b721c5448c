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

const takeTasks = async (): Promise<boolean> => (await nodes()).every(({ runs_services: runs }) => runs);

const tasksThere = async (): Promise<readonly string[]> =>
  (await m1.engine.docker(['ps', '--format', '{{.Names}}'])).split('\n').filter(Boolean);

/** Tasks on the other machine that have answered anything, as the access log of the master's data plane tells. */
async function answeredThere(): Promise<readonly string[]> {
  const lines = readFileSync(join(lab.master.dir, 'ingress/access.log'), 'utf8').split('\n').filter(Boolean);
  const tasks = new Set(lines.map((line) => (JSON.parse(line) as { task: string }).task));
  return (await tasksThere()).filter((name) => tasks.has(name));
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
  await until('both machines to take tasks', takeTasks);
  await done('deploy', '-f', web(1));
});
after(() => lab?.stop());

describe('tasks of a node that is no ingress', () => {
  it('answer what comes in at the machine of the master', async () => {
    assert.equal((await tasksThere()).length, 2);
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
    await until('both machines to take tasks', takeTasks);
    await using load = await startLoad({ address: lab.master.engine.address, host: HOST, rate: 50, sockets: 4 });
    await done('deploy', '-f', web(1));
    const outcome = await load.stop();
    assert.deepEqual(outcome.failures, []);
    assert.ok(outcome.versions['1'] && outcome.versions['2'], JSON.stringify(outcome.versions));
    // On a slow machine the node may have been silent for a moment, and have got fewer than half of them.
    const haveAnswered = async () => {
      await ask(4);
      const there = await tasksThere();
      return there.length > 0 && (await answeredThere()).length === there.length;
    };
    await until('all new tasks there to have answered', haveAnswered);
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
