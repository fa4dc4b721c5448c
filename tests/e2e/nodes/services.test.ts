import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nodeFiles } from '../../../src/agent/membership/files.ts';
import type { DiskUse, Pruned } from '../../../src/contract/disk.ts';
import type { NodeBody } from '../../../src/contract/nodes.ts';
import type { Top } from '../../../src/contract/top.ts';
import type { Ran } from '../../lab/cluster.ts';
import { type LabMachine, type LabNodes, startNodes } from '../../lab/nodes.ts';
import { send } from '../../lab/send.ts';
import { until } from '../../lab/until.ts';

/** Services on a master and two machines that joined, each with an engine of its own. */
let lab: LabNodes;
let m1: LabMachine;
let m2: LabMachine;

const MINUTE = 60_000;
const said = ({ stdout, stderr }: Ran): string => `${stdout}${stderr}`;
const orca = (...args: readonly string[]) => lab.master.orca(...args);
const done = async (...args: readonly string[]): Promise<string> => {
  const ran = await orca(...args);
  assert.equal(ran.code, 0, `orca ${args.join(' ')}: ${said(ran)}`);
  return ran.stdout;
};
const nodes = async (): Promise<readonly NodeBody[]> =>
  (JSON.parse((await lab.master.api('GET', '/api/v1/cluster/nodes')).body) as { nodes: readonly NodeBody[] }).nodes;
const nodeOf = async (name: string) => (await nodes()).find((node) => node.name === name);
const takesTasks = (name: string) =>
  until(`${name} to take tasks`, async () => (await nodeOf(name))?.runs_services === true);

/** On a slow machine a node may be silent for a moment, and get nothing then. */
const allTakeTasks = async (): Promise<void> => {
  for (const name of ['local', 'm1', 'm2']) await takesTasks(name);
};

const manifest = (services: string, more = ''): string =>
  lab.master.manifest('shop', `project: shop\nservices:\n${services.replaceAll(/^/gm, '  ')}${more}\n`);
const deploy = (services: string, more?: string) => done('deploy', '-f', manifest(services, more), '--json');
const IMAGE = 'image: orca-test/web:1, deploy: {monitor: 0s}';
const IDLE = `idle: {${IMAGE}, replicas: 3}`;

/** Running containers of a service on each machine, by its name. */
async function spread(service: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const filter = ['--filter', `label=orca.service=${service}`, '--format', '{{.Names}}'];
  const on = async (engine: LabMachine['engine']) =>
    (await engine.docker(['ps', ...filter])).split('\n').filter(Boolean).sort();
  return { local: await on(lab.master.engine), m1: await on(m1.engine), m2: await on(m2.engine) };
}
const counts = async (service: string): Promise<readonly number[]> =>
  Object.values(await spread(service)).map(({ length }) => length);

before(async () => {
  lab = await startNodes({ machines: 2, images: ['orca-test/web:1', 'orca-test/web:2'] });
  const [one, two] = lab.machines;
  assert.ok(one && two);
  [m1, m2] = [one, two];
  for (const machine of lab.machines) {
    const ran = await machine.join(await lab.token());
    assert.equal(ran.code, 0, said(ran));
    await takesTasks(machine.name);
  }
});
after(() => lab?.stop());

describe('services on three machines', () => {
  it('are spread, one task each, and the plan says where and why', async () => {
    const planned = await done('plan', '-f', manifest(IDLE));
    for (const name of ['local', 'm1', 'm2']) assert.match(planned, new RegExp(`\\b${name}\\b`), planned);
    await until(
      'one task on each',
      async () => {
        await allTakeTasks();
        await deploy(IDLE);
        if ((await counts('idle')).every((count) => count === 1)) return true;
        await done('rm', 'idle', '--yes');
        return false;
      },
      4 * MINUTE,
    );
    assert.deepEqual(
      (await nodes()).map(({ tasks }) => tasks),
      [1, 1, 1],
    );
  });

  it('go to the node that is named, and to those with a label', async () => {
    await done('node', 'set', 'm2', '--label', 'disk=ssd');
    await deploy(
      `pinned: {${IMAGE}, placement: {node: m1}}\nfast: {${IMAGE}, replicas: 2, placement: {labels: {disk: ssd}}}`,
    );
    assert.deepEqual(
      [await counts('pinned'), await counts('fast')],
      [
        [0, 1, 0],
        [0, 0, 2],
      ],
    );
  });

  it('with a domain are reached from every ingress: the machine of the master, then also one that is made one', async () => {
    await deploy(`web: {${IMAGE}, port: 8080, domain: shop.example.com, replicas: 3}`);
    assert.deepEqual(await counts('web'), [1, 1, 1]);
    for (let i = 0; i < 6; i += 1) assert.equal((await lab.master.ask('shop.example.com')).body, '1\n');
    await deploy(`far: {${IMAGE}, port: 8080, domain: far.example.com, placement: {node: m1}}`);
    assert.deepEqual(await counts('far'), [0, 1, 0]);
    assert.equal((await lab.master.ask('far.example.com')).body, '1\n');
    await deploy(`near: {${IMAGE}, port: 8080, domain: near.example.com, placement: {node: local}}`);
    await done('node', 'set', 'm1', 'ingress=true');
    for (const host of ['far.example.com', 'near.example.com']) {
      const ask = () => send({ host: m1.engine.address, port: 80, path: '/', headers: { host }, timeout: 5_000 });
      await until(`the node to answer ${host}`, async () => (await ask().catch(() => undefined))?.body === '1\n');
    }
  });

  it('are replaced by another version where they are', async () => {
    const before = Object.values(await spread('idle')).flat();
    await allTakeTasks();
    await deploy(IDLE.replace('web:1', 'web:2'));
    await until('the old ones to have stopped', async () => {
      const now = Object.values(await spread('idle'));
      return now.every(({ length }) => length === 1) && !now.flat().some((name) => before.includes(name));
    });
  });

  it('have their data on one node, and stay there', async () => {
    const db = (version: number) =>
      `db: {image: "orca-test/web:${version}", deploy: {monitor: 0s}, placement: {node: m2}, volumes: ["data:/data"]}`;
    const onM2 = 'placement: {node: m2}, ';
    await deploy(db(1), '\nvolumes: {data: {}}');
    await done('exec', 'db', '--', 'sh', '-c', 'echo kept > /data/here');
    await deploy(db(2).replace(onM2, ''), '\nvolumes: {data: {}}');
    assert.deepEqual(await counts('db'), [0, 0, 1]);
    assert.equal(await done('exec', 'db', '--', 'cat', '/data/here'), 'kept\n');
    assert.match(await done('run', 'db', '--', 'cat', '/data/here'), /kept/, 'a one-off container goes there, too');
  });
});

describe('a task on a node that joined', () => {
  it('is entered, copied to and from, looked at, and its log is read', async () => {
    await deploy(`loud: {${IMAGE}, placement: {node: m1}, command: [sh, -c, "echo a line of it; sleep 1000"]}`);
    assert.equal(await done('exec', 'loud', '--', 'echo', 'from there'), 'from there\n');
    const file = join(lab.master.engine.dir, 'one.txt');
    writeFileSync(file, 'copied');
    await done('cp', file, 'loud:/tmp/one.txt');
    await done('cp', 'loud:/tmp/one.txt', `${file}.back`);
    assert.equal(readFileSync(`${file}.back`, 'utf8'), 'copied');
    assert.match(await done('logs', 'loud'), /a line of it/);
    assert.match(await done('top', 'loud'), /^loud\.1 +shop/m);
    assert.equal((await orca('exec', 'loud', '--', 'sh', '-c', 'exit 7')).code, 7);
  });

  it('leaves its log there when it is gone, and that is read too', async () => {
    const [before] = (await spread('loud'))['m1'] ?? [];
    assert.ok(before);
    await deploy(`loud: {${IMAGE}, placement: {node: m1}, command: [sh, -c, "echo another line; sleep 1000"]}`);
    await until('the first one to be gone', async () => !(await spread('loud'))['m1']?.includes(before));
    await until('both to be read', async () => /a line of it.*another line/s.test(await done('logs', 'loud')));
    assert.ok(readdirSync(nodeFiles(m1.dir).logs).includes(before));
    assert.ok(!existsSync(join(lab.master.dir, 'logs', before)));
  });

  it('takes room there, which is told with what its machine uses, and is pruned there', async () => {
    const found = JSON.parse(await done('system', 'df', '--json')) as DiskUse;
    assert.deepEqual(
      found.nodes.map(({ node, disk }) => [node, (disk?.free ?? 0) > 0]),
      [
        ['local', true],
        ['m1', true],
        ['m2', true],
      ],
    );
    assert.ok(found.logs.some(({ node, service }) => node === 'm1' && service === 'loud'));
    const { nodes: machines } = JSON.parse(await done('top', '--json')) as Top;
    assert.ok(machines.length === 3 && machines.every(({ memory_bytes }) => (memory_bytes ?? 0) > 0));
    const capacity = (await nodeOf('m1'))?.capacity;
    assert.ok(capacity && capacity.observed_at > 0 && (capacity.disk?.free_bytes ?? 0) > 0);
    const gone = JSON.parse(await done('system', 'prune', '--logs', '--node', 'm1', '--yes', '--json')) as Pruned;
    assert.ok(gone.logs.length > 0 && gone.logs.every(({ node }) => node === 'm1'));
    for (const { task } of gone.logs) assert.ok(!readdirSync(nodeFiles(m1.dir).logs).includes(task));
  });

  it('has secrets and files as anywhere', async () => {
    const secret = join(lab.master.engine.dir, 'secret');
    writeFileSync(secret, 'of the shop');
    await done('secrets', 'set', 'PASSWORD', '--project', 'shop', '--file', secret);
    writeFileSync(join(lab.master.engine.dir, 'app.conf'), 'setting=1');
    await deploy(
      `keeper: {${IMAGE}, placement: {node: m1}, env: {PASSWORD: "\${secrets.PASSWORD}"}, files: [{source: ./app.conf, target: /etc/app.conf}]}`,
    );
    assert.equal(await done('exec', 'keeper', '--', 'sh', '-c', 'echo $PASSWORD'), 'of the shop\n');
    assert.equal(await done('exec', 'keeper', '--', 'cat', '/etc/app.conf'), 'setting=1');
  });

  it('answers to its name for who is there', async () => {
    await deploy(
      `back: {${IMAGE}, port: 8080, placement: {node: m1}}\nfront: {${IMAGE}, port: 8080, placement: {node: m1}, depends_on: [back]}`,
    );
    assert.equal(await done('exec', 'front', '--', 'wget', '-q', '-O', '-', 'http://back:8080/'), '1\n');
  });
});

describe('a node that is cut off', () => {
  it('keeps its containers; what may leave it runs elsewhere, and what is to be there is known again when it is back', async () => {
    const before = (await m1.containers()).split('\n');
    const kept = (
      await m1.engine.docker(['ps', '--quiet', '--no-trunc', '--filter', 'label=orca.service=pinned'])
    ).trim();
    await m1.plug.cut();
    await until('it to be down', async () => (await nodeOf('m1'))?.status === 'down');
    assert.equal((await nodeOf('m1'))?.runs_services, false);
    assert.deepEqual((await m1.containers()).split('\n'), before);
    const planned = await done('plan', '-f', manifest(`more: {${IMAGE}, replicas: 4}`));
    assert.doesNotMatch(planned, /^ *more\.\d+ on m1\b/m, planned);
    const others = async () => {
      const { local = [], m2: there = [] } = await spread('idle');
      return local.length + there.length;
    };
    await until('its share to run elsewhere', async () => (await others()) === 3);
    await m1.plug.mend();
    await takesTasks('m1');
    await until('its tasks to be seen', async () => /^pinned\.1 +.*running/m.test(await done('ps')));
    await until('what is replaced to be gone', async () => (await counts('idle'))[1] === 0);
    assert.ok((await m1.containers()).split('\n').includes(kept));
  });

  it('and was told nothing meanwhile is served by its own data plane with the agent gone', async () => {
    await m1.killAgent();
    const answer = await send({
      host: m1.engine.address,
      port: 80,
      path: '/',
      headers: { host: 'far.example.com' },
      timeout: 30_000,
    });
    assert.equal(answer.body, '1\n');
    await m1.startAgent();
    await takesTasks('m1');
  });
});

describe('the documents of the scheduler, the control plane and the REST API', () => {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  type Json = any;
  const ask = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }> => {
    const { status, body: text } = await lab.master.api(method, path, body);
    return { status, body: JSON.parse(text) };
  };

  it('walked with their own requests, find the nodes, place by name, drain and take back', async () => {
    await done('node', 'rename', 'm2', 'worker-1');
    const { body: host } = await ask('GET', '/v1/hosts/worker-1');
    assert.ok(host.capacity.cpus >= 1 && host.capacity.memory_bytes > 0 && host.capacity.disk.bytes > 0);
    for (const [path, key] of [
      ['/v1/hosts', 'hosts'],
      ['/api/v1/nodes', 'nodes'],
      ['/api/v1/scheduler/status', 'nodes'],
    ] as const) {
      const names = (await ask('GET', path)).body[key].map(({ name }: Json) => name);
      assert.deepEqual(names, ['local', 'm1', 'worker-1'], path);
    }
    await takesTasks('worker-1');
    const app = {
      ...{ name: 'my-app', project: 'frontend', image: 'orca-test/web:1', replicas: 2, port: 8080 },
      ...{ domain: 'app.example.com', health: '/healthz', resources: { memory: '64Mi', cpu: 1.0 }, internal: true },
      placement: { node: 'worker-1' },
    };
    const deployed = await ask('POST', '/api/v1/scheduler/deploy', { services: [app] });
    assert.deepEqual([deployed.status, deployed.body.deployed], [200, ['my-app']], JSON.stringify(deployed.body));
    assert.deepEqual(await counts('my-app'), [0, 0, 2]);
    const [service] = (await ask('GET', '/api/v1/status?project=frontend')).body.services;
    assert.ok(service.tasks.every(({ node }: Json) => node === 'worker-1'));

    const drained = await ask('POST', '/v1/hosts/worker-1/drain');
    assert.deepEqual([drained.status, drained.body.drain, drained.body.availability], [200, true, 'draining']);
    const { stuck } = (await ask('GET', '/v1/hosts/worker-1/drain-status')).body;
    assert.ok(stuck.some(({ service: of, reason }: Json) => of === 'my-app' && /placement\.node/.test(reason)));
    assert.equal((await ask('POST', '/api/v1/cluster/nodes/worker-1/undrain')).body.availability, 'active');
    assert.equal((await ask('POST', '/v1/hosts/worker-1/activate')).body.availability, 'active');

    const known = await ask('POST', '/api/v1/nodes/register', { name: 'worker-1' });
    assert.deepEqual([known.status, known.body.node_id], [200, host.node_id]);
    const beat = await ask('POST', `/v1/internal/hosts/${host.node_id}/heartbeat`, {});
    assert.deepEqual([beat.status, beat.body.name, beat.body.counted], [200, 'worker-1', false]);
    assert.equal((await ask('POST', '/api/v1/scheduler/assign-pending', {})).status, 200);
    await done('node', 'rename', 'worker-1', 'm2');
  });
});

describe('a node that is removed', () => {
  it('is not while it has tasks, unless it is forced', async () => {
    const refused = await orca('node', 'rm', 'm2', '--yes');
    assert.equal(refused.code, 8, said(refused));
    assert.match(said(refused), /m2 runs \d+ tasks/);
  });
});
