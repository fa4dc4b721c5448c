import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nodeFiles } from '../../../src/agent/membership/files.ts';
import { createIngressLink, type IngressLink } from '../../../src/controllers/ingress/link.ts';
import type { GivenEdge } from '../../../src/core/nodes/wire.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createJoinedEngine } from '../../../src/joined-engine.ts';
import { findProcesses } from '../../../src/processes.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { containerOf, localImage, POOL, specOf } from '../../contract/engine/fixtures.ts';
import { signal } from '../../lab/command.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { type NodeMaster, startNodeMaster } from '../../lab/node-master.ts';
import { until } from '../../lab/until.ts';
import { CLUSTER } from '../../lab/wire.ts';

/** The real agent beside a real engine; of the master there is its end of the wire alone, in this process. */
const ORCA = join(import.meta.dirname, '../../../cli/orca');
const MINUTE = 60_000;
const NETWORK = `orca-${CLUSTER}-edge`;
const HTTP = 8080;
const IMAGE = 'orca-test/web:1';
/** Of the one container at a time. */
const ADDRESS = '10.208.0.9';
const clock = { now: () => Date.now() };
/** That of the port that is open now. */
const engineNow = async (): Promise<Engine> => {
  const wire = await master.wire();
  return createJoinedEngine({ wire: () => wire, name: () => 'm1', cluster: CLUSTER });
};

let lab: LabEngine;
let master: NodeMaster;
let dir: string;
let agent: ChildProcess;
let said = '';
let edge: GivenEdge;
let link: IngressLink;

before(async () => {
  lab = await startEngine();
  dir = join(lab.dir, 'node');
  mkdirSync(dir, { mode: 0o711 });
  writeFileSync(join(lab.dir, 'agent.yml'), `http: "0.0.0.0:${HTTP}"\naccess_log: off\n`);
  master = await startNodeMaster(lab.namespace.outside);
  await master.admit(dir, 'm1');
  startAgent();
  await lab.ensureImage(IMAGE);
});
after(async () => {
  link?.close();
  if (lab) await run('agent', '--stop', '--all', '--data', dir);
  await master?.leave();
  console.log(
    readFileSync(join(dir, 'ingress/ingress.log'), 'utf8')
      .split('\n')
      .filter((l) => !l.includes('control'))
      .slice(0, 40)
      .join('\n'),
    said,
  );
  await lab?.stop();
});

function startAgent(): void {
  const words = ['agent', '--data', dir, '--docker', lab.url, '--config', join(lab.dir, 'agent.yml')];
  agent = lab.spawn([ORCA, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [agent.stdout, agent.stderr]) stream?.on('data', (text) => (said += text));
}

async function run(...words: readonly string[]): Promise<number | null> {
  const [code] = (await once(lab.spawn([ORCA, ...words], { stdio: 'ignore' }), 'close')) as [number | null];
  return code;
}

async function killAgent(): Promise<void> {
  const [running] = findProcesses('agent', dir);
  assert.ok(running);
  signal(running.pid, 'SIGKILL');
  await until('the agent to be gone', () => findProcesses('agent', dir).length === 0);
}

/** Of the supervisor; undefined while there is none. */
function planePid(): number | undefined {
  const running = findProcesses('ingress', dir);
  const pids = new Set(running.map(({ pid }) => pid));
  return running.find(({ parent }) => !pids.has(parent))?.pid;
}

/** What the ingress answers; undefined where nothing listens. */
const ask = async (): Promise<number | undefined> =>
  (await lab.get(`http://127.0.0.1:${HTTP}/`).catch(() => undefined))?.status;

/** The way that a master has to the data plane there. */
async function openLink(): Promise<IngressLink> {
  const wire = await master.wire();
  const made = createIngressLink({
    dial: () => wire.connect('ingress', 'quick') as Socket,
    cluster: CLUSTER,
    term: 1,
    log: createLogger({ level: 'silent' }),
    clock,
  });
  made.start();
  return made;
}

const isConnected = () => until('the data plane to be connected', () => link.connected(), MINUTE);

describe('a node whose master tells it of its edge network', () => {
  it('starts a data plane, which answers for names and takes no requests', async () => {
    assert.equal((await (await master.wire()).status()).edgeProblems, undefined);
    const { bridge = '', ...place } = await (await engineNow()).ensureEdge(NETWORK, POOL);
    edge = { network: NETWORK, bridge, ingress: false, ...place };
    const { problems } = await (await master.wire()).giveEdge(edge);
    assert.deepEqual(problems, [], said);
    link = await openLink();
    await isConnected();
    assert.equal(link.names(), edge.gateway);
    assert.deepEqual([link.ports(), await ask()], [[], undefined]);
    assert.deepEqual(JSON.parse(readFileSync(nodeFiles(dir).edge, 'utf8')), edge);
    assert.deepEqual((await (await master.wire()).status()).edgeProblems, []);
  });

  it('locks the address of each container that it runs, and of no other', async () => {
    const name = await runContainer('exec /bin/sleep 100000');
    const seen = async () => lab.exec(['sh', '-c', 'bridge -d link; ip neigh']);
    await until('its port to be closed', async () => /isolated on/.test(await seen()), MINUTE);
    assert.match(await seen(), new RegExp(`^${ADDRESS} dev \\S+ lladdr \\S+ PERMANENT`, 'm'));
    await (await engineNow()).remove(name);
    await until('its address to be forgotten', async () => !(await seen()).includes(ADDRESS), MINUTE);
  });

  it('keeps the log of a container there, and reads it once that is gone', async () => {
    const wire = await master.wire();
    const name = await runContainer('echo one; echo two >&2; exec sleep 100000');
    await until('it to have spoken', async () => (await lab.docker(['logs', name])).includes('one'));
    await wire.keepLog({ task: name, tail: 1000 });
    await (await engineNow()).remove(name);
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
    await until('somebody to answer', async () => (await ask()) !== undefined, MINUTE);
    await until('the new one to be connected', () => link.connected() && link.ports().includes(HTTP), MINUTE);
    assert.deepEqual((await (await master.wire()).giveEdge(edge)).problems, []);
  });
});

describe('the data plane of a node', () => {
  it('outlives its agent, and an agent that starts finds it', async () => {
    const pid = planePid();
    assert.ok(pid);
    await killAgent();
    assert.equal(await ask(), 404);
    startAgent();
    await master.wire();
    assert.deepEqual((await (await master.wire()).giveEdge(edge)).problems, []);
    assert.equal(planePid(), pid);
    link.close();
    link = await openLink();
    await isConnected();
  });

  it('is started again when it dies, with the master away', async () => {
    await master.leave();
    await replaced(() => signal(planePid() ?? 0, 'SIGKILL'));
    await master.comeBack();
  });

  it('is started after a reboot, with the master away, as it was told last', async () => {
    await master.wire();
    await master.leave();
    await replaced(async () => {
      assert.equal(await run('agent', '--stop', '--all', '--data', dir), 0);
      assert.equal(planePid(), undefined);
      startAgent();
    });
    await master.comeBack();
    await master.wire();
  });

  it('is looked after by an agent whose master is another one now', async () => {
    await master.leave();
    await master.comeBack(2);
    assert.deepEqual((await (await master.wire()).giveEdge(edge)).problems, []);
    await replaced(() => signal(planePid() ?? 0, 'SIGKILL'));
  });

  it('serves on while dockerd is away, and what is wrong is told', async () => {
    await lab.killEngine();
    const problems = async () => (await (await master.wire()).status()).edgeProblems ?? [];
    assert.equal(await ask(), 404);
    await lab.startEngine();
    await until('nothing to be wrong', async () => (await problems()).length === 0, MINUTE);
  });

  it('is gone with its agent by --stop --all, which leaves containers alone', async () => {
    const name = await runContainer('exec /bin/sleep 100000');
    link.close();
    assert.equal(await run('agent', '--stop', '--all', '--data', dir), 0);
    assert.deepEqual([findProcesses('agent', dir), findProcesses('ingress', dir)], [[], []]);
    assert.equal(await ask(), undefined);
    assert.match(await lab.docker(['ps', '--format', '{{.Names}}']), new RegExp(name));
  });
});

/** Another one answers after that. */
async function replaced(change: () => unknown): Promise<void> {
  const before = planePid();
  await change();
  await until('another data plane', () => planePid() !== undefined && planePid() !== before, MINUTE);
  await until('it to answer', async () => (await ask()) === 404, MINUTE);
}

async function runContainer(script: string): Promise<string> {
  const engine = await engineNow();
  const spec = specOf({ command: ['/bin/sh', '-c', script], restart: 'never' });
  const container = containerOf({ image: await localImage(engine, IMAGE), spec, address: ADDRESS, network: NETWORK });
  await engine.create(container);
  await engine.start(container.name);
  return container.name;
}
