import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signal } from '../../lab/command.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({
  images: ['orca-test/app:1', 'orca-test/app:2'],
  begin: async (orca) => {
    const manifest = orca.manifest(
      'two',
      `project: shop
services:
${service('red', '1')}${service('blue', '2')}`,
    );
    const { code, stderr } = await orca.orca('deploy', '-f', manifest);
    assert.equal(code, 0, stderr);
  },
});

const service = (name: string, version: string) => `  ${name}:
    image: orca-test/app:${version}
    port: 8080
    domain: ${name}.example.com
    health: {path: /healthz, interval: 1s, timeout: 1s}
    deploy: {monitor: 500ms}
`;

const serves = (name: string, version: string) =>
  until(`${name} to serve`, async () => {
    const { status, headers } = await lab.orca.ask(`${name}.example.com`);
    return status === 200 && headers['x-version'] === version;
  });

const nameOf = async (name: string) =>
  (await lab.orca.containers(name)).map((line) => line.split(' ')[1] ?? '')[0] ?? '';
const idOf = async (name: string) => (await lab.orca.containers(name)).map((line) => line.split(' ')[0])[0];

const oneOfEach = () =>
  until('one container of each', async () => {
    const [red, blue] = await Promise.all(['red', 'blue'].map(lab.orca.containers));
    return red?.length === 1 && blue?.length === 1;
  });

const taskOf = async (name: string) => {
  const { body } = await lab.orca.api('GET', '/api/v1/status');
  const { services } = JSON.parse(body) as {
    services: { name: string; tasks: { id: string; restarts: number; health: string }[] }[];
  };
  return services.find((one) => one.name === name)?.tasks.find((task) => task.health !== 'none');
};

const numbers = (text: string): number[] => text.split('\n').filter(Boolean).map(Number);

async function dataPlane() {
  const running = async (role: string) =>
    numbers(await lab.engine.exec(['pgrep', '-f', `${role} --data ${lab.orca.dir}`]));
  const [supervisor = 0] = await running('ingress');
  return { supervisor, workers: await running('ingress-worker') };
}

test('a task that crashes is restarted by Docker, counted, and serves again as the same task', async () => {
  const before = await taskOf('red');
  await lab.orca.ask('red.example.com', '/crash').catch(() => {});
  await until('a restart to be counted', async () => ((await taskOf('red'))?.restarts ?? 0) > 0);
  await serves('red', '1');
  assert.equal((await taskOf('red'))?.id, before?.id);
});

test('two tasks crashing at once: no request reaches the wrong service', async () => {
  await Promise.all(['red', 'blue'].map((name) => lab.orca.ask(`${name}.example.com`, '/crash').catch(() => {})));
  const answers = { red: [] as unknown[], blue: [] as unknown[] };
  await until('many answers of both', async () => {
    for (const name of ['red', 'blue'] as const) {
      const { status, headers } = await lab.orca.ask(`${name}.example.com`);
      if (status === 200) answers[name].push(headers['x-version']);
    }
    return answers.red.length >= 40 && answers.blue.length >= 40;
  });
  assert.deepEqual([new Set(answers.red), new Set(answers.blue)], [new Set(['1']), new Set(['2'])]);
});

test('docker kill: the dead task is replaced by a new one, the other service is not touched', async () => {
  const blue = await idOf('blue');
  const before = await nameOf('red');
  await lab.engine.docker(['kill', before]);
  await serves('red', '1');
  assert.notEqual(await nameOf('red'), before);
  assert.equal(await idOf('blue'), blue);
  // It is replaced before its log is copied, and goes after that.
  const isLeft = async () => (await lab.engine.docker(['ps', '-a', '--format', '{{.Names}}'])).includes(before);
  await until('the dead container to be removed', async () => !(await isLeft()));
});

test('docker rm -f: the lost task is replaced, and status tells why', async () => {
  const before = await nameOf('red');
  await lab.engine.docker(['rm', '-f', before]);
  await serves('red', '1');
  const { body } = await lab.orca.api('GET', '/api/v1/status');
  assert.match(body, /removed behind/);
});

test('logs of a task that is gone can still be read', async () => {
  const { stdout } = await lab.orca.orca('logs', 'red');
  assert.match(stdout, /version 1 listens/);
});

test('the data plane killed: a new one serves, within moments, and nothing is restarted', async () => {
  const ids = [await idOf('red'), await idOf('blue')];
  const { supervisor, workers } = await dataPlane();
  assert.ok(workers.length > 0);
  for (const pid of [supervisor, ...workers]) signal(pid, 'SIGKILL');
  await serves('red', '1');
  await serves('blue', '2');
  assert.deepEqual([await idOf('red'), await idOf('blue')], ids);
});

test('a worker of the data plane killed: the others serve on', async () => {
  const { workers } = await dataPlane();
  process.kill(workers[0] ?? 0, 'SIGKILL');
  await serves('red', '1');
  const { code, stderr } = await lab.orca.orca('scale', 'red=2');
  assert.equal(code, 0, stderr);
  await until('two', async () => (await lab.orca.containers('red')).length === 2);
  await lab.orca.orca('scale', 'red=1');
  await until('one', async () => (await lab.orca.containers('red')).length === 1);
});

test('Docker stopped and started: the server says that it cannot read it, replaces nothing, and all serve again', async () => {
  await lab.engine.stopEngine();
  await until('status to say so', async () =>
    /cannot|does not answer/.test((await lab.orca.api('GET', '/api/v1/status')).body),
  );
  await lab.engine.startEngine();
  await serves('red', '1');
  await serves('blue', '2');
  await oneOfEach();
});

test('Docker killed with -9 and started: containers that ran on are adopted', async () => {
  await lab.engine.killEngine();
  await lab.engine.startEngine();
  await serves('red', '1');
  await serves('blue', '2');
  await oneOfEach();
});

test('the server stopped: containers serve on, and a new server adopts them all', async () => {
  const ids = [await idOf('red'), await idOf('blue')];
  await lab.orca.stopServer();
  await serves('red', '1');
  await lab.orca.startServer();
  await serves('blue', '2');
  assert.deepEqual([await idOf('red'), await idOf('blue')], ids);
});
