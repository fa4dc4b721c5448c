import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type StuckDocker, startStuckDocker } from '../../lab/stuck-docker.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

let docker: StuckDocker;
const lab = useCluster({
  images: ['orca-test/web:1', 'orca-test/web:2'],
  docker: async (engine) => {
    docker = await startStuckDocker(engine.socket, join(engine.dir, 'stuck.sock'));
    return docker;
  },
});

const shop = (version: number) =>
  lab.orca.manifest(
    'shop',
    `project: shop
services:
  bad: {image: orca-test/web:1, port: 8080, domain: bad.example.com, deploy: {monitor: 0s}}
  good: {image: orca-test/web:${version}, port: 8080, domain: good.example.com, deploy: {monitor: 0s}}
`,
  );

interface Status {
  readonly warnings: readonly string[];
  readonly services: readonly {
    readonly name: string;
    readonly tasks: readonly { health: string; reason: string }[];
  }[];
}

const status = async () => JSON.parse((await lab.orca.api('GET', '/api/v1/status')).body) as Status;
const taskOf = async (name: string) => (await status()).services.find((one) => one.name === name)?.tasks[0];

test('a container that Docker does not tell of is unknown and stays routed; other services are deployed and replaced', async () => {
  const first = await lab.orca.orca('deploy', '-f', shop(1));
  assert.equal(first.code, 0, first.stdout + first.stderr);
  const [bad = ''] = await lab.orca.containers('bad');
  const [id = '', name = ''] = (
    await lab.engine.docker(['inspect', '-f', '{{.Id}} {{.Name}}', bad.split(' ')[0] ?? ''])
  )
    .trim()
    .split(' ');
  docker.stuck.add(id).add(name.replace('/', ''));
  await lab.engine.docker(['pause', id]);
  await lab.engine.docker(['unpause', id]);
  const task = await until('a task that is unknown', async () => {
    const found = await taskOf('bad');
    return found?.health === 'unknown' ? found : undefined;
  });
  assert.match(task.reason, /its container cannot be read: docker at .* took longer than 5 s to inspect container/);
  assert.deepEqual((await status()).warnings, []);

  const second = await lab.orca.orca('deploy', '-f', shop(2));
  assert.match(second.stdout, /good +succeeded +2/, second.stdout + second.stderr);
  assert.match(second.stdout + second.stderr, /bad is unchanged, but does not serve as it should.*cannot be read/);
  assert.equal((await lab.orca.ask('good.example.com')).body, '2\n');
  assert.equal((await lab.orca.ask('bad.example.com')).status, 200);
  const [before = ''] = await lab.orca.containers('good');
  await lab.engine.docker(['kill', before.split(' ')[0] ?? '']);
  await until('another container', async () => {
    const now = await lab.orca.containers('good');
    return now.length === 1 && now[0] !== before && (await lab.orca.ask('good.example.com')).status === 200;
  });
  assert.deepEqual(await lab.orca.containers('bad'), [bad], 'it was left alone');

  await lab.orca.stopServer();
  await lab.orca.startServer();
  await until('a new master that knows what is unknown', async () => (await taskOf('bad'))?.health === 'unknown');
  assert.equal((await lab.orca.ask('bad.example.com')).status, 200);
  assert.ok(docker.hanging() <= 4, `${docker.hanging()} calls hang`);

  docker.stuck.clear();
  await until('a task that is read again', async () => (await taskOf('bad'))?.health === 'ready', 40_000);
  assert.deepEqual(await lab.orca.containers('bad'), [bad]);
});
