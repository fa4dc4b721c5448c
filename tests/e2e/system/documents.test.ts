// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the manifest's reference
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

/** The documents that orca implements, walked with their own requests. */
const lab = useCluster({
  images: ['orca-test/web:1'],
  prepare: async ({ engine }) => {
    await engine.docker(['create', '--name', 'nginx', 'orca-test/web:1']);
    const command = JSON.stringify(['/bin/busybox', 'httpd', '-f', '-p', '80', '-h', '/www']);
    await engine.docker(['commit', '--change', `CMD ${command}`, 'nginx', 'nginx:alpine']);
    await engine.docker(['rm', 'nginx']);
    return { stop: async () => {} };
  },
});

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
type Json = any;

async function ask(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Json; text: string }> {
  const { status, body: text } = await lab.orca.api(method, path, body);
  return { status, text, body: text.startsWith('{') ? JSON.parse(text) : undefined };
}

/** The payload of the document, word for word but for one key: the node of a single machine is named `local`. */
const MY_APP = {
  name: 'my-app',
  project: 'frontend',
  image: 'nginx:alpine',
  replicas: 2,
  port: 80,
  domain: 'app.example.com',
  health: '/healthz',
  env: { KEY: '${secrets.KEY}' },
  resources: { memory: '512Mi', cpu: 1.0 },
  internal: true,
  placement: { node: 'local' },
};

/** What the document shows of a service; the image is shown as it was written. */
const SHOWN = {
  name: 'my-app',
  project: 'frontend',
  status: 'running',
  replicas: 2,
  running_replicas: 2,
  image: 'nginx:alpine',
  domain: 'app.example.com',
};

const shown = async (): Promise<Json> => {
  const { body } = await ask('GET', '/api/v1/status?project=frontend');
  return Object.fromEntries(Object.keys(SHOWN).map((key) => [key, body.services[0]?.[key]]));
};

test('the REST API document: health, deploy, status, scale, logs, rollback, promote, stop, as it shows them', async () => {
  assert.deepEqual((await ask('GET', '/api/v1/health')).body, { status: 'ok' });
  assert.match((await ask('GET', '/metrics')).text, /^# HELP orca_/m);

  const without = await ask('POST', '/api/v1/deploy', { services: [MY_APP] });
  assert.ok(without.status >= 400 && without.status < 500, without.text);
  assert.match(without.text, /secret KEY/, 'the secret is named');
  assert.equal((await ask('PUT', '/api/v1/secrets/KEY?project=frontend', { value: 'hidden-value-4711' })).status, 200);
  const elsewhere = await ask('POST', '/api/v1/deploy', { services: [{ ...MY_APP, placement: { node: 'worker-1' } }] });
  assert.match(elsewhere.body.error + JSON.stringify(elsewhere.body), /worker-1/);
  assert.ok(elsewhere.status >= 400 && elsewhere.status < 500);

  const { status, body } = await ask('POST', '/api/v1/deploy', { services: [MY_APP] });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.deployed, body.errors], [['my-app'], []]);
  assert.deepEqual(await shown(), SHOWN);
  assert.equal((await lab.orca.ask('app.example.com', '/healthz')).body, 'ok\n');
  const [container = ''] = await lab.orca.containers('my-app');
  const inside = await lab.engine.docker(['exec', container.split(' ')[0] ?? '', '/bin/busybox', 'env']);
  assert.match(inside, /^KEY=hidden-value-4711$/m);

  assert.equal((await ask('POST', '/api/v1/services/my-app/scale', { replicas: 5 })).status, 200);
  await until('five to run', async () => (await shown()).running_replicas === 5);
  const { text } = await ask('GET', '/api/v1/services/my-app/logs?tail=100');
  assert.equal(typeof text, 'string');
  const promoted = await ask('POST', '/api/v1/services/my-app/promote');
  assert.equal(promoted.status, 409, 'no canary runs');
  const back = await ask('POST', '/api/v1/services/my-app/rollback');
  assert.equal(back.status, 409, 'there is no earlier revision');
  const changed = { ...MY_APP, replicas: 2, env: { KEY: 'v2' } };
  assert.equal((await ask('POST', '/api/v1/deploy', { services: [changed] })).status, 200);
  assert.equal((await ask('POST', '/api/v1/services/my-app/rollback')).status, 200);

  const info = await ask('GET', '/api/v1/cluster/info');
  assert.equal(info.body.node_count, 1);
  assert.equal((await ask('DELETE', '/api/v1/services/my-app')).status, 200);
  await until('it to be stopped', async () => (await shown()).status === 'stopped');
  assert.equal((await ask('DELETE', '/api/v1/projects/frontend')).status, 200);
  assert.equal((await ask('POST', '/api/v1/stop')).status, 200);
});

test('its errors: 401, 403, 404 with a body that says which', async () => {
  const unknown = await ask('POST', '/api/v1/services/nobody/scale', { replicas: 1 });
  assert.equal(unknown.status, 404);
  assert.match(unknown.body.error, /nobody/);
  const { token } = (await ask('POST', '/api/v1/tokens', { name: 'looker', role: 'viewer' })).body;
  const as = async (credential: string, method: string, path: string) => {
    const argv = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '-X', method];
    return lab.engine.exec([...argv, '-H', `Authorization: Bearer ${credential}`, `http://127.0.0.1:6880${path}`]);
  };
  assert.equal(await as('nothing', 'GET', '/api/v1/status'), '401');
  assert.equal(await as(token, 'GET', '/api/v1/status'), '200');
  assert.equal(await as(token, 'POST', '/api/v1/stop'), '403');
});

test('its webhooks: a push, signed as it says, deploys; the list does not tell the secret', async () => {
  const { status, body } = await ask('POST', '/api/v1/webhooks', {
    repo: 'acme/app',
    service_name: 'my-app',
    branch: 'main',
  });
  assert.equal(status, 201, JSON.stringify(body));
  const payload = JSON.stringify({
    ref: 'refs/heads/main',
    after: '1'.repeat(40),
    repository: { full_name: 'acme/app' },
  });
  const signature = `sha256=${createHmac('sha256', body.secret).update(payload).digest('hex')}`;
  const push = (signed: string, delivery: string) =>
    lab.engine.exec([
      ...['curl', '-s', '-w', '\n%{http_code}', '-H', 'Content-Type: application/json', '-H', 'X-GitHub-Event: push'],
      ...['-H', `X-GitHub-Delivery: ${delivery}`, '-H', `X-Hub-Signature-256: ${signed}`],
      ...['-d', payload, 'http://127.0.0.1:6880/api/v1/webhooks/github'],
    ]);
  assert.match(await push(signature, 'd-1'), /\n20[02]$/);
  assert.match(
    await push(
      signature.replace(/.$/, (end) => (end === '0' ? '1' : '0')),
      'd-2',
    ),
    /\n401$/,
  );
  const list = await ask('GET', '/api/v1/webhooks');
  assert.equal(list.body.webhooks[0].repo, 'acme/app');
  assert.ok(!list.text.includes(body.secret));
});

test('rows of the other documents that one machine has', async () => {
  assert.deepEqual((await ask('GET', '/health')).body, { status: 'ok' });
  assert.deepEqual((await ask('GET', '/v1/health')).body, { status: 'healthy' });
  assert.equal((await ask('GET', '/')).body.service, 'orca');
  assert.equal((await ask('GET', '/v1/auth/whoami')).body.role, 'admin');
  assert.equal((await ask('GET', '/v1/status')).status, 200);
  const { body } = await ask('GET', '/api/cluster');
  const fields = [
    'node_id',
    'role',
    'current_term',
    'leader_id',
    'commit_index',
    'last_applied',
    'log_length',
    'nodes',
  ];
  assert.deepEqual(Object.keys(body), fields);
  assert.equal((await ask('GET', '/api/v1/nodes')).body.nodes[0].node_id, 'local');
  assert.equal((await ask('GET', '/v1/hosts')).body.hosts.length, 1);
  const host = (await ask('GET', '/v1/hosts/local')).body;
  assert.ok(host.status === 'ready' && host.capacity.memory_bytes > 0, JSON.stringify(host));
  assert.deepEqual((await ask('GET', '/health/live')).body, { status: 'ok' });
  assert.deepEqual((await ask('GET', '/health/ready')).body, { status: 'ok', leader_id: 1 });
});
