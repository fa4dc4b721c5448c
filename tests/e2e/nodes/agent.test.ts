import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nodeFiles } from '../../../src/agent/membership/files.ts';
import { readState } from '../../../src/agent/state-socket.ts';
import type { IngressLink } from '../../../src/controllers/ingress/link.ts';
import type { GivenEdge } from '../../../src/core/nodes/wire.ts';
import { containerOf, localImage, POOL, specOf } from '../../contract/engine/fixtures.ts';
import type { Outcome } from '../../lab/load/generator.ts';
import { startLoad } from '../../lab/load/load.ts';
import type { Load } from '../../lab/load/process.ts';
import { type RealAgent, startRealAgent } from '../../lab/real-agent.ts';
import { send } from '../../lab/send.ts';
import { until } from '../../lab/until.ts';
import { CLUSTER } from '../../lab/wire.ts';
import { route, table, target } from '../dataplane/support/lab.ts';

/** What happens to an agent, and to what it dials and starts, while its data plane serves requests. */
const NETWORK = `orca-${CLUSTER}-edge`;
const IMAGE = 'orca-test/app:1';
const HOST = 'shop.test';
/** Of the tasks, in the edge's subnet. */
const PORT = 8080;

let agent: RealAgent;
let edge: GivenEdge;
let link: IngressLink;
let revision = 0;

before(async () => {
  agent = await startRealAgent('http: "0.0.0.0:80"\naccess_log: off\n');
  await agent.lab.ensureImage(IMAGE);
  await tellEdge();
  link = await agent.link();
  await serve(await runTask());
});
after(() => agent?.close());

/** Makes the edge network unless it is there, and tells the node. */
async function tellEdge(): Promise<void> {
  const { bridge = '', ...place } = await (await agent.engine()).ensureEdge(NETWORK, POOL);
  edge = { network: NETWORK, bridge, ingress: true, ...place };
  await until('nothing to be wrong', async () => {
    const { problems } = await (await agent.master.wire()).giveEdge(edge);
    return problems.length === 0;
  });
}

/** At the ninth address of the edge. */
const address = (): string => edge.gateway.replace(/\d+$/, '9');

async function runTask(): Promise<string> {
  const engine = await agent.engine();
  const image = await localImage(engine, IMAGE);
  const container = containerOf({ image, spec: specOf(), address: address(), network: NETWORK });
  await engine.create(container);
  await engine.start(container.name);
  return container.name;
}

/** Requests for the host go to the task from now on. */
async function serve(task: string): Promise<void> {
  const seen = await (await agent.engine()).inspect(task);
  assert.ok(seen?.startedAt);
  const one = target(task, PORT, { address: address(), container: seen.id, startedAt: seen.startedAt });
  revision += 1;
  await until('the data plane to be connected', () => link.connected());
  link.publish(table(revision, [one], [route([task], HOST)]));
  await until('the table to be in use', () => link.settled() && link.health(task)?.ready);
}

/** Requests all the while, and one behind it, however soon it is over; none of them may fail. */
async function underLoad(work: () => Promise<void>): Promise<void> {
  const { address: at } = agent.lab.namespace;
  const load: Load<Outcome> = await startLoad({ address: at, host: HOST, rate: 50, sockets: 0 });
  await work();
  assert.equal((await send({ host: at, port: 80, headers: { host: HOST } })).status, 200);
  const { failed, failures } = await load.stop();
  assert.deepEqual([failed, failures], [0, []]);
}

const isUp = async (): Promise<boolean | undefined> =>
  (await readState(nodeFiles(agent.dir).socket, AbortSignal.timeout(5_000)))?.up;

describe('an agent, while requests come in at its node,', () => {
  it('may be killed as often as it likes', async () => {
    const plane = agent.planePid();
    await underLoad(async () => {
      for (let times = 3; times > 0; times -= 1) {
        await agent.kill();
        agent.start();
        await agent.master.wire();
      }
    });
    assert.equal(agent.planePid(), plane);
  });

  it('that hangs is known to be away, and goes on where it was', async () => {
    const plane = agent.planePid();
    await underLoad(async () => {
      agent.send('SIGSTOP');
      await agent.master.away();
      agent.send('SIGCONT');
      await agent.master.wire();
    });
    assert.equal(agent.planePid(), plane);
    assert.deepEqual((await (await agent.master.wire()).giveEdge(edge)).problems, []);
  });

  for (const [chain, end] of [
    ['OUTPUT', ['-d', '--dport']],
    ['INPUT', ['-s', '--sport']],
  ] as const) {
    it(`whose connections pass nothing ${chain === 'INPUT' ? 'in' : 'out'} is away at both ends, and comes back`, async () => {
      const { lab, master } = agent;
      const rule = [chain, '-p', 'tcp', end[0], master.line.host, end[1], String(master.line.port), '-j', 'DROP'];
      await underLoad(async () => {
        await lab.exec(['iptables', '-I', ...rule]);
        await master.away();
        await until('the agent to know', async () => (await isUp()) === false);
        await lab.exec(['iptables', '-D', ...rule]);
        await master.wire();
      });
    });
  }

  it('is told of the new network of an engine that was set up anew, and serves on it', async () => {
    const { lab } = agent;
    const before = edge;
    await lab.stopEngine();
    const data = join(lab.dir, 'data');
    for (const name of readdirSync(data)) rmSync(join(data, name), { recursive: true, force: true });
    await lab.startEngine();
    await lab.ensureImage(IMAGE);
    await tellEdge();
    assert.notEqual(edge.bridge, before.bridge);
    assert.notEqual(edge.subnet, before.subnet, 'that of the old bridge, which is still on the machine');
    link.close();
    link = await agent.link();
    await until('names at the new address', () => link.names() === edge.gateway);
    await serve(await runTask());
    await underLoad(async () => {
      const seen = async () => lab.exec(['sh', '-c', `bridge -d link show | grep -A1 'master ${edge.bridge}'`]);
      await until('the port of the task to be closed', async () => /isolated on/.test(await seen()));
    });
  });
});
