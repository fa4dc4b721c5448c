// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the manifest's reference
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({
  images: ['orca-test/web:1', 'orca-test/web:2'],
  config: (dir) => {
    const file = join(dir, '../server.yml');
    writeFileSync(file, 'api.domain: hooks.example.com\n');
    return file;
  },
});
const EXAMPLES = resolve(import.meta.dirname, '../../../examples');
const API = 'http://127.0.0.1:6880';

interface Invocation {
  readonly delivery: string;
  readonly commit: string | null;
  readonly outcome: string;
  readonly reason: string;
  readonly deployments: readonly number[];
}

/** A script of the examples, where the server and its engine are. */
async function run(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = lab.engine.spawn([join(EXAMPLES, script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DOCKER_HOST: lab.engine.url, ORCA_API: API, ...env },
  });
  const [out, err, [code]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'close'),
  ]);
  assert.equal(code, 0, `${script}: ${out}${err}`);
  return out;
}

async function add(repo: string, service: string): Promise<string> {
  const { code, stdout, stderr } = await lab.orca.orca('webhooks', 'add', repo, service);
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

const webhookOf = async (repo: string): Promise<string> => {
  const { webhooks } = JSON.parse((await lab.orca.api('GET', '/api/v1/webhooks')).body);
  return webhooks.find((one: { repo: string }) => one.repo === repo).id;
};

/** Newest first. */
const logOf = async (repo: string): Promise<readonly Invocation[]> =>
  JSON.parse((await lab.orca.api('GET', `/api/v1/webhooks/${await webhookOf(repo)}/invocations?limit=100`)).body)
    .invocations;

const imageOf = async (project: string): Promise<string> =>
  JSON.parse((await lab.orca.api('GET', `/api/v1/status?project=${project}`)).body).services[0].image;

test('the example: a push deploys the image of its commit', async () => {
  await run('hello/build.sh', ['orca-webhook:main']);
  const deployed = await lab.orca.orca('deploy', '-f', join(EXAMPLES, 'webhook/orca.yml'));
  assert.equal(deployed.code, 0, deployed.stderr);
  assert.equal(await imageOf('webhook'), 'orca-webhook:main');
  const SECRET = await add('acme/webhook', 'webhook/web');
  for (const nth of [1, 2]) {
    const answer = JSON.parse(await run('webhook/push.sh', [], { SECRET }));
    assert.equal(answer.outcome, 'deployed', JSON.stringify(answer));
    await until('the deployment to succeed', async () => {
      const { state } = JSON.parse((await lab.orca.api('GET', `/api/v1/deployments/${answer.deployments[0]}`)).body);
      assert.ok(!['failed', 'rolled-back'].includes(state), state);
      return state === 'succeeded';
    });
    const log = await logOf('acme/webhook');
    assert.equal(log.length, nth);
    assert.equal(await imageOf('webhook'), `orca-webhook:${log[0]?.commit}`);
    assert.equal((await lab.orca.ask('webhook.localhost')).body, 'hello from orca\n');
  }
});

/** Sends deliveries all at once, each its id and commit, and tells what each was answered. */
const SEND = `
  import { createHmac } from 'node:crypto';
  const [url, secret, list] = process.argv.slice(1);
  const send = async ({ id, commit, filler = 0 }) => {
    const body = JSON.stringify({
      ref: 'refs/heads/main', after: commit, repository: { full_name: 'acme/shop' },
      head_commit: { id: commit, message: id }, filler: 'x'.repeat(filler),
    });
    const headers = {
      'content-type': 'application/json', 'x-github-event': 'push', 'x-github-delivery': id,
      'x-hub-signature-256': 'sha256=' + createHmac('sha256', secret).update(body).digest('hex'),
    };
    try {
      return (await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) })).status;
    } catch { return 0; }
  };
  console.log(JSON.stringify(await Promise.all(JSON.parse(list).map(send))));
`;

const send = async (secret: string, list: readonly object[]): Promise<readonly number[]> =>
  JSON.parse(
    await lab.engine.exec([
      process.execPath,
      '--input-type=module',
      '--eval',
      SEND,
      `${API}/api/v1/webhooks/github`,
      secret,
      JSON.stringify(list),
    ]),
  );

const commitOf = (n: number): string => n.toString(16).padStart(2, '0').repeat(20);

test('a burst, with repeats, a body of 30 MB and a kill in its midst: the last one serves, none twice, none lost', async (t) => {
  const registry = await lab.engine.startRegistry();
  t.after(() => registry.stop());
  for (let n = 0; n <= 20; n += 1)
    await registry.push(`orca-test/web:${1 + (n % 2)}`, `shop:${n === 0 ? 'main' : commitOf(n)}`);
  const manifest = lab.orca.manifest(
    'shop',
    `project: shop
services:
  web:
    image: "${registry.host}/shop:\${push.sha:-main}"
    port: 8080
    domain: shop.example.com
    health: /healthz
    deploy: {monitor: 500ms}
`,
  );
  const deployed = await lab.orca.orca('deploy', '-f', manifest);
  assert.equal(deployed.code, 0, deployed.stderr);
  const secret = await add('acme/shop', 'shop/web');

  const burst = Array.from({ length: 20 }, (_, i) => ({ id: `d-${i + 1}`, commit: commitOf(i + 1) }));
  const again = Array.from({ length: 9 }, () => burst[6] ?? {});
  const large = { id: 'large', commit: commitOf(1), filler: 30_000_000 };
  const half = await send(secret, [...burst.slice(0, 12), ...again, large]);
  assert.ok(
    half.slice(0, -1).every((status) => status === 202 || status === 200),
    half.join(),
  );
  assert.ok([413, 0].includes(half.at(-1) ?? -1), 'told, or cut off while it still sends');

  const rest = send(secret, burst.slice(12));
  await until('some of the rest to be recorded', async () => (await logOf('acme/shop')).length > 12);
  lab.orca.killServer();
  const answered = await rest;
  await lab.orca.startServer();
  // As providers do with what was not answered.
  const unanswered = burst.slice(12).filter((_, i) => answered[i] !== 202);
  assert.ok((await send(secret, unanswered)).every((status) => status === 202 || status === 200));

  await until('each to have an outcome', async () =>
    (await logOf('acme/shop')).every(({ outcome }) => outcome !== 'queued'),
  );
  const log = await logOf('acme/shop');
  assert.deepEqual(log.map(({ delivery }) => delivery).sort(), burst.map(({ id }) => id).sort());
  assert.ok(
    log.every(({ outcome }) => ['deployed', 'superseded', 'unchanged'].includes(outcome)),
    JSON.stringify(log),
  );
  const ids = log.flatMap(({ deployments }) => deployments);
  assert.equal(new Set(ids).size, ids.length, 'no deployment is of two deliveries');
  const [newest] = log;
  assert.equal(await imageOf('shop'), `${registry.host}/shop:${newest?.commit}`);
  const version = 1 + (Number.parseInt(newest?.commit?.slice(0, 2) ?? '', 16) % 2);
  await until('it to serve', async () => (await lab.orca.ask('shop.example.com')).body === `${version}\n`);
});

test('with api.domain a provider delivers through the ingress, and reaches nothing else of the API', async () => {
  const { code, stdout, stderr } = await lab.orca.orca('webhooks', 'add', 'acme/front', 'webhook/web');
  assert.equal(code, 0, stderr);
  assert.match(stderr, /http:\/\/hooks\.example\.com\/api\/v1\/webhooks\/github/);
  const body = JSON.stringify({ zen: 'Keep it logically awesome.', repository: { full_name: 'acme/front' } });
  const post = async (host: string, path: string, secret: string): Promise<string> => {
    const mac = createHmac('sha256', secret).update(body).digest('hex');
    const headers = [
      `Host: ${host}`,
      'X-GitHub-Event: ping',
      'X-GitHub-Delivery: p',
      `X-Hub-Signature-256: sha256=${mac}`,
    ];
    const argv = [
      'curl',
      '--silent',
      '--write-out',
      '\n%{http_code}',
      '--data-binary',
      body,
      `http://127.0.0.1${path}`,
    ];
    return lab.engine.exec([
      ...argv,
      '--header',
      'Content-Type: application/json',
      ...headers.flatMap((one) => ['--header', one]),
    ]);
  };
  const path = '/api/v1/webhooks/github';
  const secret = stdout.trim();
  await until('the route to be ready', async () => (await post('hooks.example.com', path, secret)).endsWith('\n200'));
  assert.match(await post('hooks.example.com', path, secret), /"outcome":"ping"/);
  assert.match(await post('hooks.example.com', path, 'wrong'), /\n401$/);
  for (const other of ['/', '/api/v1/webhooks', '/api/v1/status', '/api/v1/webhooks/x/invocations', '/metrics'])
    assert.equal((await lab.orca.ask('hooks.example.com', other)).status, 404, other);
  assert.match(await post('nobody.example.com', path, secret), /\n404$/, 'of no other host');
  const taken = lab.orca.manifest(
    'taken',
    `project: thief
services:
  web:
    image: orca-test/web:1
    port: 8080
    domain: hooks.example.com
    routes: [{path: ${path}}]
`,
  );
  const refused = await lab.orca.orca('deploy', '-f', taken);
  assert.equal(refused.code, 8, refused.stderr);
  assert.match(refused.stderr, /is orca's own/);
});
