import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { NodeBody } from '../../../src/contract/nodes.ts';
import { type Inside, inside } from '../../lab/inside.ts';
import { type LabMachine, type LabNodes, startNodes } from '../../lab/nodes.ts';
import { until } from '../../lab/until.ts';

/** `web` is on the machine of the master, and whom it asks on another one. */
let lab: LabNodes;
let m1: LabMachine;
let here: Inside;

const MINUTE = 60_000;
const SERVICE_ADDRESS = /^\["10\.223\.\d+\.\d+"\]$/;

const service = (name: string, node: string, image = 'orca-test/app:1', more = ''): string => `  ${name}:
    image: ${image}
    port: 8080
    health: {path: /healthz, interval: 500ms}
    deploy: {monitor: 0s}
    placement: {node: ${node}}
${more}`;

async function deploy(project: string, ...services: readonly string[]): Promise<string> {
  const manifest = lab.master.manifest(project, `project: ${project}\nservices:\n${services.join('')}`);
  const { code, stdout, stderr } = await lab.master.orca('deploy', '-f', manifest);
  assert.equal(code, 0, `${stdout}${stderr}`);
  return stdout + stderr;
}

/** Looks the name up and connects to what it is told, sends a request and reads to the end, 50 times a second until its input ends. */
const CLIENT = `
  import { Resolver } from 'node:dns/promises';
  import { connect } from 'node:net';
  import { setTimeout as sleep } from 'node:timers/promises';
  const seen = { answers: 0, failed: [] };
  const reach = (host) => new Promise((done) => {
    let said = '';
    const socket = connect({ host, port: 8080 });
    socket.on('data', (bytes) => { said += bytes; }).once('error', (error) => done(error.code));
    socket.once('close', () => done(said.startsWith('HTTP/1.1 200') ? undefined : 'said ' + said));
    socket.write('GET / HTTP/1.1\\r\\nHost: db\\r\\nConnection: close\\r\\n\\r\\n');
  });
  const once = async () => {
    const found = await new Resolver({ timeout: 30000, tries: 1 }).resolve4('db').catch((error) => error.code);
    const failed = typeof found === 'string' ? found : await reach(found[0]);
    if (failed) seen.failed.push(found + ' ' + failed);
    else if (++seen.answers === 100) console.log('many');
  };
  let ends = false;
  process.stdin.resume().on('end', () => { ends = true; });
  const running = [];
  while (!ends) { running.push(once()); await sleep(20); }
  await Promise.all(running);
  console.log(JSON.stringify(seen));
`;

/** In the container of `web`, while something is done. */
async function whileAsked(act: () => Promise<void>): Promise<void> {
  const { engine } = lab.master;
  const argv = ['exec', '-i', await here.containerOf('web'), '/bin/node', '--input-type=module', '--eval', CLIENT];
  const client = engine.spawn(['docker', '-H', engine.url, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  client.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  await act();
  await until('many answers', () => said.includes('many'), 2 * MINUTE);
  client.stdin?.end();
  const { failed } = JSON.parse(await until('its count', () => /^\{.*\}$/m.exec(said)?.[0], MINUTE));
  assert.deepEqual(failed, []);
}

before(async () => {
  lab = await startNodes({ machines: 1, images: ['orca-test/app:1', 'orca-test/web:1'] });
  const [one] = lab.machines;
  assert.ok(one);
  m1 = one;
  here = inside({ orca: lab.master, engine: lab.master.engine });
  const ran = await m1.join(await lab.token());
  assert.equal(ran.code, 0, `${ran.stdout}${ran.stderr}`);
  const nodes = async () =>
    (JSON.parse((await lab.master.api('GET', '/api/v1/cluster/nodes')).body) as { nodes: readonly NodeBody[] }).nodes;
  await until('both to take tasks', async () => (await nodes()).every(({ runs_services: runs }) => runs), 2 * MINUTE);

  await deploy('shop', service('db', 'm1', 'orca-test/web:1', '    replicas: 2\n'), service('web', 'local'));
  await deploy('spy', service('eye', 'local'), service('ear', 'local'));
});
after(() => lab?.stop());

describe('a service whose tasks are all on another node', () => {
  it('is found by its name, and answers', async () => {
    await until('its address', async () => SERVICE_ADDRESS.test(await here.resolve('web', 'db')), MINUTE);
    assert.equal(await here.fetch('web', 'http://db:8080/'), '200');
    assert.equal(await here.fetch('web', 'http://db.shop.internal:8080/healthz'), '200');
  });

  it('is no name for another project, and its address leads nowhere', async () => {
    assert.equal(await here.resolve('eye', 'db.shop.internal'), 'ENOTFOUND');
    const [address] = JSON.parse(await here.resolve('web', 'db')) as [string];
    assert.equal(await here.fetch('web', `http://${address}:8080/`), '200');
    assert.equal(await here.fetch('eye', `http://${address}:8080/`), 'no connection');
  });

  it('is replaced without a failed connection of those that look it up', () =>
    whileAsked(async () => {
      const { code, stderr } = await lab.master.orca('restart', 'db', '--project', 'shop');
      assert.equal(code, 0, stderr);
    }));

  it('answers while there is no master', async () => {
    lab.master.killServer();
    assert.equal(await here.fetch('web', 'http://db:8080/'), '200');
    await lab.master.startServer();
  });

  it('moves to the node of those that ask for it without a failed connection', () =>
    whileAsked(async () => {
      await deploy('shop', service('db', 'local', 'orca-test/web:1', '    replicas: 2\n'), service('web', 'local'));
      assert.ok(!SERVICE_ADDRESS.test(await here.resolve('web', 'db')));
    }));
});
