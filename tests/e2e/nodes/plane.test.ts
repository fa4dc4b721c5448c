import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { nodeFiles } from '../../../src/agent/membership/files.ts';
import type { IngressLink } from '../../../src/controllers/ingress/link.ts';
import type { GivenEdge } from '../../../src/core/nodes/wire.ts';
import { findProcesses } from '../../../src/processes.ts';
import { containerOf, localImage, POOL, specOf } from '../../contract/engine/fixtures.ts';
import { signal } from '../../lab/command.ts';
import type { LabEngine } from '../../lab/engine.ts';
import type { NodeMaster } from '../../lab/node-master.ts';
import { type RealAgent, startRealAgent } from '../../lab/real-agent.ts';
import { until } from '../../lab/until.ts';
import { CLUSTER } from '../../lab/wire.ts';

const NETWORK = `orca-${CLUSTER}-edge`;
const HTTP = 8080;
const IMAGE = 'orca-test/web:1';
/** Of the one container at a time. */
const ADDRESS = '10.208.0.9';

let agent: RealAgent;
let lab: LabEngine;
let master: NodeMaster;
let edge: GivenEdge;
let link: IngressLink;

before(async () => {
  agent = await startRealAgent(`http: "0.0.0.0:${HTTP}"\naccess_log: off\n`);
  ({ lab, master } = agent);
  await lab.ensureImage(IMAGE);
});
after(() => agent?.close());

/** What the ingress answers; undefined where nothing listens. */
const ask = async (): Promise<number | undefined> =>
  (await lab.get(`http://127.0.0.1:${HTTP}/`).catch(() => undefined))?.status;

const isConnected = () => until('the data plane to be connected', () => link.connected());

describe('a node whose master tells it of its edge network', () => {
  it('starts a data plane, which answers for names and takes no requests', async () => {
    assert.equal((await (await master.wire()).status()).edgeProblems, undefined);
    const { bridge = '', ...place } = await (await agent.engine()).ensureEdge(NETWORK, POOL);
    edge = { network: NETWORK, bridge, ingress: false, ...place };
    const { problems } = await (await master.wire()).giveEdge(edge);
    assert.deepEqual(problems, [], agent.said());
    link = await agent.link();
    await isConnected();
    assert.equal(link.names(), edge.gateway);
    assert.deepEqual([link.ports(), await ask()], [[], undefined]);
    assert.deepEqual(JSON.parse(readFileSync(nodeFiles(agent.dir).edge, 'utf8')), edge);
    assert.deepEqual((await (await master.wire()).status()).edgeProblems, []);
  });

  it('locks the address of each container that it runs, and of no other', async () => {
    const name = await runContainer('exec /bin/sleep 100000');
    const seen = async () => lab.exec(['sh', '-c', 'bridge -d link; ip neigh']);
    await until('its port to be closed', async () => /isolated on/.test(await seen()));
    assert.match(await seen(), new RegExp(`^${ADDRESS} dev \\S+ lladdr \\S+ PERMANENT`, 'm'));
    await (await agent.engine()).remove(name);
    await until('its address to be forgotten', async () => !(await seen()).includes(ADDRESS));
  });

  it('keeps the log of a container there, and reads it once that is gone', async () => {
    const wire = await master.wire();
    const name = await runContainer('echo one; echo two >&2; exec sleep 100000');
    await until('it to have spoken', async () => (await lab.docker(['logs', name])).includes('one'));
    await wire.keepLog({ task: name, tail: 1000 });
    await (await agent.engine()).remove(name);
    await assert.rejects(wire.keepLog({ task: name, tail: 1000 }), { code: 'not_found' });
    const kept = [];
    for await (const { stream, text } of wire.readLog({ task: name })) kept.push(`${stream} ${text}`);
    assert.deepEqual(kept.sort(), ['stderr two', 'stdout one']);
    assert.deepEqual(
      (await wire.listLogs()).map(({ task }) => task),
      [name],
    );
    await wire.removeLog(name);
    assert.deepEqual(await wire.listLogs(), []);
  });

  it('listens once it is an ingress', async () => {
    edge = { ...edge, ingress: true };
    await (await master.wire()).giveEdge(edge);
    await until('somebody to answer', async () => (await ask()) !== undefined);
    await until('the new one to be connected', () => link.connected() && link.ports().includes(HTTP));
    await until('nothing to be wrong', async () => (await (await master.wire()).giveEdge(edge)).problems.length === 0);
  });
});

describe('the data plane of a node', () => {
  it('outlives its agent, and an agent that starts finds it', async () => {
    const pid = agent.planePid();
    assert.ok(pid);
    await agent.kill();
    assert.equal(await ask(), 404);
    agent.start();
    await master.wire();
    assert.deepEqual((await (await master.wire()).giveEdge(edge)).problems, []);
    assert.equal(agent.planePid(), pid);
    link.close();
    link = await agent.link();
    await isConnected();
  });

  it('is started again when it dies, with the master away', async () => {
    await master.leave();
    await replaced(() => signal(agent.planePid() ?? 0, 'SIGKILL'));
    await master.comeBack();
  });

  it('is started after a reboot, with the master away, as it was told last', async () => {
    await master.wire();
    await master.leave();
    await replaced(async () => {
      assert.equal(await agent.stop('--all'), 0);
      assert.equal(agent.planePid(), undefined);
      agent.start();
    });
    await master.comeBack();
    await master.wire();
  });

  it('is looked after by an agent whose master is another one now', async () => {
    await master.leave();
    await master.comeBack(2);
    assert.deepEqual((await (await master.wire()).giveEdge(edge)).problems, []);
    await replaced(() => signal(agent.planePid() ?? 0, 'SIGKILL'));
  });

  it('serves on while dockerd is away, and what is wrong is told', async () => {
    await lab.killEngine();
    const problems = async () => (await (await master.wire()).status()).edgeProblems ?? [];
    assert.equal(await ask(), 404);
    await lab.startEngine();
    await until('nothing to be wrong', async () => (await problems()).length === 0);
  });

  it('is gone with its agent by --stop --all, which leaves containers alone', async () => {
    const name = await runContainer('exec /bin/sleep 100000');
    link.close();
    assert.equal(await agent.stop('--all'), 0);
    assert.deepEqual([findProcesses('agent', agent.dir), findProcesses('ingress', agent.dir)], [[], []]);
    assert.equal(await ask(), undefined);
    assert.match(await lab.docker(['ps', '--format', '{{.Names}}']), new RegExp(name));
  });
});

/** Another one answers after that. */
async function replaced(change: () => unknown): Promise<void> {
  const before = agent.planePid();
  await change();
  await until('another data plane', () => agent.planePid() !== undefined && agent.planePid() !== before);
  await until('it to answer', async () => (await ask()) === 404);
}

async function runContainer(script: string): Promise<string> {
  const engine = await agent.engine();
  const spec = specOf({ command: ['/bin/sh', '-c', script], restart: 'never' });
  const container = containerOf({ image: await localImage(engine, IMAGE), spec, address: ADDRESS, network: NETWORK });
  await engine.create(container);
  await engine.start(container.name);
  return container.name;
}
