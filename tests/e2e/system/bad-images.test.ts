import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { startLoad } from '../../lab/load/load.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({
  images: ['orca-test/app:1', 'orca-test/app:2'],
  begin: async (orca) => {
    const deploying = [...CASES.map(({ name }) => name), 'turns'].map((name) =>
      orca.orca('deploy', '-f', manifest(name, { monitor: '0s', deadline: LONG })),
    );
    for (const { code, stderr } of await Promise.all(deploying)) assert.equal(code, 0, stderr);
  },
});

/** Seconds until a version that does not get ready is given up. That it takes no longer than 5 s more: tests/unit/core/rollout. */
const DEADLINE = 15;
/** For what fails before it is over. */
const LONG = 120;

interface Wish {
  readonly image?: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly probe?: string;
  readonly monitor?: string;
  readonly deadline?: number;
}

/** Each service is of a project of its own, as others are deployed beside it. */
const manifest = (name: string, { image = 'orca-test/app:1', port = 8080, env = {}, probe = '', ...wish }: Wish) =>
  lab.orca.manifest(
    name,
    `project: ${name}
services:
  ${name}:
    image: ${image}
    replicas: 2
    port: ${port}
    domain: ${name}.example.com
    health: {path: /healthz, interval: 1s, timeout: 5s${probe}}
    env: ${JSON.stringify(env)}
    deploy: {monitor: ${wish.monitor ?? '1s'}, deadline: ${wish.deadline ?? DEADLINE}s}
`,
  );

/** Deploys something bad in the place of something good, under load. */
async function deployBad(t: TestContext, name: string, wish: Wish) {
  const before = await lab.orca.containers(name);
  const host = `${name}.example.com`;
  await using load = await startLoad({ address: lab.engine.address, host, rate: 25, sockets: 2 });
  const began = Date.now();
  const ran = await lab.orca.orca('deploy', '-f', manifest(name, wish));
  t.diagnostic(`back after ${Date.now() - began} ms`);
  const seen = await load.stop();
  return { before, ran, seen };
}

const two = (name: string) =>
  until('the new tasks to be gone', async () => {
    const now = await lab.orca.containers(name);
    return now.length === 2 && now;
  });

/** The old version must serve every request, on the containers it had. */
async function assertOldServes(name: string, { before, seen }: Awaited<ReturnType<typeof deployBad>>) {
  assert.deepEqual(seen.failures, []);
  assert.equal(seen.failed, 0);
  assert.deepEqual(Object.keys(seen.versions), ['1']);
  assert.deepEqual(await two(name), before, 'the old containers were not touched');
}

const CASES = [
  {
    name: 'exits',
    what: 'an image that exits at once',
    wish: { image: 'orca-test/app:2', env: { EXIT_AT_START: '3' }, deadline: LONG },
    says: /exit(ed)? .*3|code 3/,
    logs: /refusing to start/,
  },
  {
    name: 'never',
    what: 'an image that is never ready',
    wish: { image: 'orca-test/app:2', env: { NEVER_READY: '1' } },
    says: /answered 503/,
    logs: /listens on 8080/,
  },
  {
    name: 'elsewhere',
    what: 'an image that listens on another port',
    wish: { image: 'orca-test/app:2', env: { LISTEN_PORT: '9999' } },
    says: /refused/,
    logs: /listens on 9999/,
  },
  {
    name: 'missing',
    what: 'an image that is missing',
    wish: { image: '127.0.0.1:5999/none/such:1', deadline: LONG },
    says: /127\.0\.0\.1:5999\/none\/such:1/,
    logs: undefined,
  },
  {
    name: 'probed',
    what: 'a probe that asks another port',
    wish: { probe: ', port: 9999' },
    says: /refused/,
    logs: /listens on 8080/,
  },
];

/** What most of them do is to wait for a deadline. */
suite('beside one another', { concurrency: 4 }, () => {
  for (const { name, what, wish, says, logs } of CASES) {
    test(`${what}: rolled back by itself, exit 5, no request fails`, async (t) => {
      const bad = await deployBad(t, name, wish);
      const output = bad.ran.stdout + bad.ran.stderr;
      assert.equal(bad.ran.code, 5, output);
      assert.match(output, says);
      if (logs) assert.match(output, logs);
      assert.match(output, /revision 1/);
      await assertOldServes(name, bad);
      const status = await lab.orca.orca('status', '--json', '-p', name);
      assert.match(status.stdout, /"last_failure"/);
    });
  }

  test('ready, then 500 on everything: back within monitor, the failed requests counted and told', async (t) => {
    const wish = { image: 'orca-test/app:2', env: { FAIL_AFTER_REQUESTS: '10' }, monitor: '30s', deadline: LONG };
    const bad = await deployBad(t, 'turns', wish);
    const output = bad.ran.stdout + bad.ran.stderr;
    assert.equal(bad.ran.code, 5, output);
    assert.match(output, /answered 500/);
    await two('turns');
    await until('the old version', async () => (await lab.orca.ask('turns.example.com')).headers['x-version'] === '1');
    assert.ok(bad.seen.failed > 0);
    assert.match(output, /\d+ requests? (failed|got)/);
    const deployments = await lab.orca.api('GET', '/api/v1/deployments?service=turns');
    assert.match(deployments.body, /"failed_requests":[1-9]/);
  });

  const deployOwn = (name: string, more: string, deadline = 60) =>
    lab.orca.orca(
      'deploy',
      '-f',
      lab.orca.manifest(
        name,
        `project: ${name}\nservices:\n  site:\n    image: orca-test/app:1\n    port: 8080\n    env: {ONLY_HOST: own.example.com}\n    deploy: {deadline: ${deadline}s, monitor: 500ms}\n${more}`,
      ),
    );

  test('an app that answers to its own names only gets ready by its domain, or by health.host', async () => {
    const own = await deployOwn('own', '    domain: own.example.com\n    health: /healthz\n');
    assert.equal(own.code, 0, own.stdout + own.stderr);
    const inside = await deployOwn('inside', '    health: {path: /healthz, host: own.example.com}\n');
    assert.equal(inside.code, 0, inside.stdout + inside.stderr);
  });

  test('and by no other: what it answers is told', async () => {
    const strange = await deployOwn('strange', '    domain: other.example.com\n    health: /healthz\n', DEADLINE);
    assert.equal(strange.code, 6);
    assert.match(strange.stdout + strange.stderr, /answered 400: not a host of mine: other\.example\.com/);
  });

  test('a first deployment that fails leaves no task, and exits 6', async () => {
    const first = lab.orca.manifest(
      'first',
      `project: other\nservices:\n  api:\n    image: orca-test/app:2\n    port: 8080\n    domain: api.example.com\n    health: /healthz\n    env: {EXIT_AT_START: "1"}\n    deploy: {deadline: ${LONG}s}\n`,
    );
    const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', first);
    assert.equal(code, 6, stdout + stderr);
    await until('no container of it', async () => (await lab.orca.containers('api')).length === 0);
    assert.match((await lab.orca.orca('status', '-p', 'other')).stdout, /api .*failed/);
  });
});
