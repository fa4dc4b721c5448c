import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { after, test } from 'node:test';
import { openTerminal, type Terminal } from '../../lab/terminal.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const ORCA = resolve(import.meta.dirname, '../../../cli/orca');
const SHOP = `project: shop
services:
  web:
    image: orca-test/web:1
    port: 8080
    env: {GREETING: hello}
    working_dir: /tmp
    user: nobody
    ports: ["127.0.0.1:9090:8080"]
    volumes: [uploads:/uploads]
    resources: {memory: 64Mi}
    deploy: {monitor: 0s}
  db: {image: orca-test/web:1, port: 8080, deploy: {monitor: 0s}}
volumes:
  uploads: {owner: "65534:65534"}
`;
const lab = useCluster({
  images: ['orca-test/web:1'],
  begin: async (orca) => {
    const { code, stdout, stderr } = await orca.orca('deploy', '-f', orca.manifest('shop', SHOP));
    assert.equal(code, 0, stdout + stderr);
  },
});

const run = (...args: readonly string[]) => lab.orca.orca('run', ...args);
const sh = (script: string) => run('web', '--', 'sh', '-c', script);
const start = (script: string) => lab.orca.startOrca('run', 'web', '--', 'sh', '-c', script);

const oneOffs = async (...more: readonly string[]) =>
  (await lab.engine.docker(['ps', '-a', '--filter', 'label=orca.kind=run', ...more, '--format', '{{.Names}}']))
    .split('\n')
    .filter(Boolean);
const noneLeft = () => until('all of them to be removed', async () => (await oneOffs()).length === 0, 40_000);
const up = () => until('one that runs', async () => (await oneOffs('--filter', 'status=running'))[0]);

async function collect(child: ChildProcess) {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (chunk) => {
      text[name] += chunk;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...text };
}

const terminals: Terminal[] = [];
after(() => {
  for (const terminal of terminals) terminal.close();
});

test('a one-off container is as a task is, but for its command and its ports, and goes with its command', async () => {
  const { code, stdout, stderr } = await sh('echo "$GREETING $PWD"; id -un; hostname >&2; exit 4');
  assert.deepEqual([code, stdout], [4, 'hello /tmp\nnobody\n'], stderr);
  assert.match(stderr, /^web-run-\w+\n$/);
  await noneLeft();
  const child = start('read x; echo "$x"');
  const name = await up();
  const [task = ''] = (await lab.orca.containers('web'))
    .map((line) => line.split(' ')[1])
    .filter((one) => one !== name);
  const seen = async (one: string) => {
    const [{ Image, Config, HostConfig, NetworkSettings }] = JSON.parse(await lab.engine.docker(['inspect', one]));
    const { Env, User, WorkingDir } = Config;
    const { Memory, SecurityOpt, CapDrop, PidsLimit } = HostConfig;
    const networks = Object.keys(NetworkSettings.Networks);
    return { alike: { Image, Env, User, WorkingDir, Memory, SecurityOpt, CapDrop, PidsLimit, networks }, HostConfig };
  };
  const [one, other] = [await seen(name), await seen(task)];
  assert.deepEqual(one.alike, other.alike);
  assert.deepEqual([one.HostConfig.PortBindings, one.HostConfig.RestartPolicy.Name], [{}, 'no']);
  assert.equal(one.alike.networks.length, 2);
  const { services } = JSON.parse((await lab.orca.api('GET', '/api/v1/status')).body);
  const web = services.find((service: { readonly name: string }) => service.name === 'web');
  assert.deepEqual([web.unknown, web.running_replicas], [[], 1]);
  child.stdin?.end('typed\n');
  assert.deepEqual(await collect(child), { code: 0, stdout: 'typed\n', stderr: '' });
  await noneLeft();
});

test('it finds the services of its project by their names', async () => {
  const { code, stdout, stderr } = await sh('until wget -qO- http://db:8080/healthz; do sleep 0.2; done');
  assert.deepEqual([code, stdout], [0, 'ok\n'], stderr);
});

test('arguments arrive as they are, dollars too', async () => {
  const words = ['$HOME', '$$', '\u0024{secrets.X}', 'a b', '--json'];
  assert.equal((await run('web', '--', 'busybox', 'printf', '%s\\n', ...words)).stdout, `${words.join('\n')}\n`);
});

test('a volume that one task alone may write to is there to be read', async () => {
  assert.equal((await lab.orca.orca('exec', 'web', '--', 'sh', '-c', 'echo kept > /uploads/file')).code, 0);
  const { code, stdout, stderr } = await sh('cat /uploads/file; echo more > /uploads/file');
  assert.deepEqual([code, stdout], [1, 'kept\n'], stderr);
  assert.match(stderr, /Read-only file system/);
});

test('on a terminal: keys, size, exit code', async () => {
  const argv = lab.engine.namespace.inside([ORCA, 'run', 'web', '--', 'sh']);
  const env = { ...process.env, ORCA_API: '', ORCA_DATA: lab.orca.dir, HOME: lab.engine.dir };
  const terminal = openTerminal(argv, env, { rows: 31, cols: 101 });
  terminals.push(terminal);
  await terminal.shows('$ ');
  await until('the size', async () => {
    terminal.type('busybox stty size\r');
    return terminal.screen().includes('31 101');
  });
  terminal.type('exit 6\r');
  assert.equal(await terminal.ended, 6);
  await noneLeft();
});

test('Ctrl-C is a signal to the command; a client that goes takes the container with it', async () => {
  const child = start('trap "echo caught; exit 5" INT; echo up; while true; do sleep 0.1; done');
  await once(child.stdout as NonNullable<typeof child.stdout>, 'readable');
  child.kill('SIGINT');
  const { code, stdout } = await collect(child);
  assert.deepEqual([code, stdout], [5, 'up\ncaught\n']);
  const other = start('sleep 1000');
  await up();
  other.kill('SIGKILL');
  await noneLeft();
});

test('what is not there leaves nothing, and says why', async () => {
  const { code, stdout, stderr } = await run('web', '--', '/none');
  assert.deepEqual([code, stdout], [127, '']);
  assert.match(stderr, /\/none/);
  assert.equal((await run('wbe', '--', 'true')).code, 125);
  assert.match((await run('wbe', '--', 'true')).stderr, /service not found: wbe/);
  await noneLeft();
});

test('a server that stops removes them; what a killed one has left, the next one removes', async () => {
  const child = start('sleep 1000');
  await up();
  const ended = collect(child);
  await lab.orca.stopServer();
  assert.equal((await ended).code, 125);
  assert.deepEqual(await oneOffs(), []);
  await lab.orca.startServer();

  const lost = start('sleep 1000');
  await up();
  const endedToo = collect(lost);
  lab.orca.killServer();
  assert.equal((await endedToo).code, 125);
  assert.equal((await oneOffs()).length, 1);
  await lab.orca.startServer();
  await noneLeft();
  await until('the task to be there', async () => (await lab.orca.orca('exec', 'web', '--', 'true')).code === 0);
});
