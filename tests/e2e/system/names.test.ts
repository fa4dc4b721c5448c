import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { run as compile } from '../../lab/command.ts';
import { inside, outsideWorld } from '../../lab/inside.ts';
import { isLong } from '../../lab/often.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/app:1', 'orca-test/web:1'], ...outsideWorld });
const { containerOf, resolve, fetch } = inside(lab);

const service = (name: string, image = 'orca-test/app:1', more = ''): string => `  ${name}:
    image: ${image}
    port: 8080
    health: {path: /healthz, interval: 500ms}
    deploy: {monitor: 0s, parallelism: 10}
${more}`;

async function deploy(project: string, ...services: readonly string[]): Promise<void> {
  const manifest = lab.orca.manifest(project, `project: ${project}\nservices:\n${services.join('')}`);
  const { code, stderr } = await lab.orca.orca('deploy', '-f', manifest);
  assert.equal(code, 0, stderr);
}

/** In a container that is not orca's. */
const ASK_ORCA = `
  import { Resolver } from 'node:dns/promises';
  const resolver = new Resolver({ timeout: 30000, tries: 1 });
  resolver.setServers(['10.208.0.1']);
  console.log(await resolver.resolve4('outside.test').then(JSON.stringify, (error) => error.code));
`;
const askAsStranger = async () =>
  (
    await lab.engine.docker([
      ...['run', '--rm', '--entrypoint', '/bin/node', 'orca-test/app:1'],
      ...['--input-type=module', '--eval', ASK_ORCA],
    ])
  ).trim();

test('while no service has a name, too, a container that is not on the network of orca is refused', async () => {
  await deploy('lone', service('one'));
  assert.equal(await resolve('one', 'outside.test'), '["192.0.2.7"]');
  assert.equal(await askAsStranger(), 'EREFUSED');
  assert.equal(await resolve('one', 'one.lone.internal'), 'ENOTFOUND');
  assert.equal((await lab.orca.orca('rm', 'one', '--project', 'lone', '--yes')).code, 0);
});

test('services of a project reach each other by name, with c-ares and with the C library', async () => {
  await deploy('shop', service('db', 'orca-test/web:1', '    replicas: 2\n'), service('web'));
  const addresses = await resolve('web', 'db');
  assert.match(addresses, /^\["10\.208\.16\.\d","10\.208\.16\.\d"\]$/);
  for (const name of ['db', 'DB.shop.internal']) assert.equal(await resolve('web', name, 'libc'), addresses, name);
  assert.equal(await resolve('web', 'db', 'AAAA'), 'ENODATA');
  assert.equal(await resolve('web', 'nobody.shop.internal'), 'ENOTFOUND');
  assert.equal(await fetch('web', 'http://db:8080/'), '200');
});

test('the outside world is found as before, and by nobody else', async () => {
  assert.equal(await askAsStranger(), 'EREFUSED');
  assert.equal(await resolve('web', 'outside.test'), '["192.0.2.7"]');
  assert.equal(await resolve('web', 'outside.test', 'libc'), '["192.0.2.7"]');
  assert.equal(await resolve('web', 'nowhere.test'), 'ENOTFOUND');
});

/** Compiled here, and linked with musl alone: containers of Alpine have no other resolver. */
const LOOKUP = join(import.meta.dirname, '../../lab/musl/lookup.c');

test('musl finds the same names, and so does busybox', async () => {
  const program = join(lab.engine.dir, 'lookup');
  await compile(['musl-gcc', '-static', '-o', program, LOOKUP]);
  const copied = await lab.orca.orca('cp', program, 'web:/tmp');
  assert.equal(copied.code, 0, copied.stderr);
  const inWeb = async (...command: readonly string[]) =>
    (await lab.engine.docker(['exec', await containerOf('web'), ...command])).trim();
  const addresses: string[] = JSON.parse(await resolve('web', 'db'));
  for (const name of ['db', 'DB.shop.internal']) {
    assert.deepEqual((await inWeb('/tmp/lookup', name)).split('\n').sort(), addresses, name);
    const told = await inWeb('busybox', 'nslookup', name);
    assert.deepEqual([...told.matchAll(/^Address: (10\.\S+)$/gm)].map(([, found]) => found).sort(), addresses, told);
  }
  assert.equal(await inWeb('/tmp/lookup', 'outside.test'), '192.0.2.7');
  for (const name of ['nobody', 'nobody.shop.internal', 'nowhere.test'])
    assert.equal(await inWeb('/tmp/lookup', name), 'unknown', name);
});

test("another project's names are unknown, and a project of one service pays for no second network", async () => {
  await deploy('blog', service('api'));
  assert.equal(await resolve('api', 'db.shop.internal'), 'ENOTFOUND');
  assert.equal(await resolve('api', 'db'), 'ENOTFOUND');
  const format = '{{json .NetworkSettings.Networks}}';
  const networks = JSON.parse(await lab.engine.docker(['inspect', '--format', format, await containerOf('api')]));
  assert.equal(Object.keys(networks).length, 1);
});

test('a second service finds the first and is found by it, which runs on as it was', async () => {
  const before = await containerOf('api');
  await deploy('blog', service('api'), service('cache', 'orca-test/web:1'));
  assert.equal(await containerOf('api'), before);
  await until('the first one to find the second', async () => (await resolve('api', 'cache')).startsWith('['));
  assert.equal(await fetch('api', 'http://cache:8080/'), '200');
  assert.equal(await resolve('api', 'db'), 'ENOTFOUND', "not the other project's");
});

/** Looks the name up 100 times a second and connects to what it is told, until its input ends. */
const CLIENT = `
  import { Resolver } from 'node:dns/promises';
  import { connect } from 'node:net';
  import { setTimeout as sleep } from 'node:timers/promises';
  const seen = { lookups: 0, connections: 0, failed: [] };
  const reach = (host) => new Promise((done) => {
    const socket = connect({ host, port: 8080, timeout: 30000 });
    socket.once('connect', () => done(undefined)).once('error', (error) => done(error.code));
    socket.once('timeout', () => done('timeout')).once('connect', () => socket.destroy());
  });
  const once = async () => {
    const found = await new Resolver({ timeout: 30000, tries: 1 }).resolve4('db').catch((error) => error.code);
    seen.lookups += 1;
    if (seen.lookups === 500) console.log('many');
    if (typeof found === 'string') return seen.failed.push(found);
    const failed = await reach(found[0]);
    seen.connections += 1;
    if (failed) seen.failed.push(found[0] + ' ' + failed);
  };
  let ends = false;
  process.stdin.resume().on('end', () => { ends = true; });
  const running = [];
  while (!ends) { running.push(once()); await sleep(10); }
  await Promise.all(running);
  console.log(JSON.stringify(seen));
`;

/** Of ten tasks each in a long run, of four among other tests. */
const [ROUNDS, TASKS] = isLong() ? [5, 10] : [2, 4];

test(`${ROUNDS * TASKS} tasks are replaced while a client looks up and connects: nobody is told one that is not there`, async () => {
  await deploy('shop', service('db', 'orca-test/web:1', `    replicas: ${TASKS}\n`), service('web'));
  const argv = ['exec', '-i', await containerOf('web'), '/bin/node', '--input-type=module', '--eval', CLIENT];
  const client = lab.engine.spawn(['docker', '-H', lab.engine.url, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  client.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  const before = await lab.orca.containers('db');
  for (let round = 0; round < ROUNDS; round += 1) {
    const { code, stderr } = await lab.orca.orca('restart', 'db', '--project', 'shop');
    assert.equal(code, 0, stderr);
  }
  const isReplaced = async () => {
    const now = await lab.orca.containers('db');
    return now.length === TASKS && now.every((one) => !before.includes(one));
  };
  await until('the last old ones to go', isReplaced);
  await until('many lookups', () => said.includes('many'));
  client.stdin?.end();
  const { lookups, connections, failed } = JSON.parse(await until('its count', () => /^\{.*\}$/m.exec(said)?.[0]));
  assert.deepEqual(failed, []);
  assert.ok(lookups >= 500 && connections === lookups, `${lookups} lookups, ${connections} connections`);
});

test('a resolver that is killed is back, and a server that is killed is not missed', async () => {
  const pid = async () =>
    Number((await lab.engine.exec(['pgrep', '-f', `ingress-resolver --data ${lab.orca.dir}`])).trim());
  const first = await pid();
  process.kill(first, 'SIGKILL');
  assert.ok((await resolve('web', 'db')).startsWith('['));
  await until('another one', async () => (await pid()) !== first);
  lab.orca.killServer();
  assert.ok((await resolve('web', 'db')).startsWith('['));
  assert.equal(await resolve('web', 'outside.test'), '["192.0.2.7"]');
});

test('a project that is removed leaves no network', async () => {
  await lab.orca.startServer();
  for (const name of ['api', 'cache'])
    assert.equal((await lab.orca.orca('rm', name, '--project', 'blog', '--yes')).code, 0);
  await until('its network to go', async () => !(await lab.engine.docker(['network', 'ls'])).includes('.blog'));
});
