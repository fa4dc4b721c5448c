import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLoad } from '../../lab/load/load.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({
  images: ['orca-test/app:1', 'orca-test/app:2'],
  begin: async (orca) => {
    const { code, stderr } = await orca.orca('deploy', '-f', web());
    assert.equal(code, 0, stderr);
  },
});

/** Deadline of the bad deployments; they must be over within it and 5 s. */
const DEADLINE = 6;

const web = ({
  image = 'orca-test/app:1',
  port = 8080,
  env = {},
  probe = '',
}: {
  image?: string;
  port?: number;
  env?: Record<string, string>;
  probe?: string;
} = {}) =>
  lab.orca.manifest(
    'web',
    `project: shop
services:
  web:
    image: ${image}
    replicas: 2
    port: ${port}
    domain: shop.example.com
    health: {path: /healthz, interval: 1s, timeout: 1s${probe}}
    env: ${JSON.stringify(env)}
    deploy: {monitor: 3s, deadline: ${DEADLINE}s}
`,
  );

/** Deploys something bad under load. The old version must serve every request, on the containers it had. */
async function deployBad(wish: Parameters<typeof web>[0]) {
  const before = await lab.orca.containers('web');
  await using load = await startLoad({ address: lab.engine.address, host: 'shop.example.com', rate: 100, sockets: 2 });
  const began = Date.now();
  const ran = await lab.orca.orca('deploy', '-f', web(wish));
  const took = Date.now() - began;
  const seen = await load.stop();
  return { before, ran, took, seen };
}

async function assertOldServes({ before, seen }: Awaited<ReturnType<typeof deployBad>>) {
  assert.deepEqual(seen.failures, []);
  assert.equal(seen.failed, 0);
  assert.deepEqual(Object.keys(seen.versions), ['1']);
  await until('the new tasks to be gone', async () => (await lab.orca.containers('web')).length === 2, 30_000);
  assert.deepEqual(await lab.orca.containers('web'), before, 'the old containers were not touched');
}

const CASES = [
  {
    name: 'an image that exits at once',
    wish: { image: 'orca-test/app:2', env: { EXIT_AT_START: '3' } },
    says: /exit(ed)? .*3|code 3/,
    logs: /refusing to start/,
  },
  {
    name: 'an image that is never ready',
    wish: { image: 'orca-test/app:2', env: { NEVER_READY: '1' } },
    says: /answered 503/,
    logs: /listens on 8080/,
  },
  {
    name: 'an image that listens on another port',
    wish: { image: 'orca-test/app:2', env: { LISTEN_PORT: '9999' } },
    says: /refused/,
    logs: /listens on 9999/,
  },
  {
    name: 'an image that is missing',
    wish: { image: '127.0.0.1:5999/none/such:1' },
    says: /127\.0\.0\.1:5999\/none\/such:1/,
    logs: undefined,
  },
  {
    name: 'a probe that asks another port',
    wish: { probe: ', port: 9999' },
    says: /refused/,
    logs: /listens on 8080/,
  },
];

for (const { name, wish, says, logs } of CASES) {
  test(`${name}: rolled back by itself, exit 5, no request fails`, async () => {
    const bad = await deployBad(wish);
    const output = bad.ran.stdout + bad.ran.stderr;
    assert.equal(bad.ran.code, 5, output);
    assert.match(output, says);
    if (logs) assert.match(output, logs);
    assert.match(output, /revision 1/);
    assert.ok(bad.took < (DEADLINE + 5) * 1000 + 4_000, `took ${bad.took} ms with the start of the CLI`);
    await assertOldServes(bad);
    const status = await lab.orca.orca('status', '--json');
    assert.match(status.stdout, /"last_failure"/);
  });
}

test('ready, then 500 on everything: back within monitor, the failed requests counted and told', async () => {
  const bad = await deployBad({ image: 'orca-test/app:2', env: { FAIL_AFTER_MS: '2500' } });
  const output = bad.ran.stdout + bad.ran.stderr;
  assert.equal(bad.ran.code, 5, output);
  assert.match(output, /answered 500/);
  await until('the old containers alone', async () => (await lab.orca.containers('web')).length === 2, 30_000);
  await until('the old version', async () => (await lab.orca.ask('shop.example.com')).headers['x-version'] === '1');
  if (bad.seen.failed > 0) assert.match(output, /\d+ requests? (failed|got)/);
  const deployments = await lab.orca.api('GET', '/api/v1/deployments');
  assert.match(deployments.body, /"failed_requests":\d+/);
});

test('an app that answers to its own names only gets ready by its domain, or by health.host', async () => {
  const deploy = (name: string, more: string) =>
    lab.orca.orca(
      'deploy',
      '-f',
      lab.orca.manifest(
        name,
        `project: ${name}\nservices:\n  site:\n    image: orca-test/app:1\n    port: 8080\n    env: {ONLY_HOST: own.example.com}\n    deploy: {deadline: 6s, monitor: 500ms}\n${more}`,
      ),
    );
  const own = await deploy('own', '    domain: own.example.com\n    health: /healthz\n');
  assert.equal(own.code, 0, own.stdout + own.stderr);
  const inside = await deploy('inside', '    health: {path: /healthz, host: own.example.com}\n');
  assert.equal(inside.code, 0, inside.stdout + inside.stderr);
  const strange = await deploy('strange', '    domain: other.example.com\n    health: /healthz\n');
  assert.equal(strange.code, 6);
  assert.match(strange.stdout + strange.stderr, /answered 400: not a host of mine: other\.example\.com/);
});

test('a first deployment that fails leaves no task, and exits 6', async () => {
  const manifest = lab.orca.manifest(
    'first',
    'project: other\nservices:\n  api:\n    image: orca-test/app:2\n    port: 8080\n    domain: api.example.com\n    health: /healthz\n    env: {EXIT_AT_START: "1"}\n    deploy: {deadline: 6s}\n',
  );
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', manifest);
  assert.equal(code, 6, stdout + stderr);
  await until('no container of it', async () => (await lab.orca.containers('api')).length === 0, 30_000);
  assert.match((await lab.orca.orca('status')).stdout, /api .*failed/);
});
