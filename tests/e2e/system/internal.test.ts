import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inside, outsideWorld } from '../../lab/inside.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/app:1'], ...outsideWorld });
const { containerOf, resolve, fetch } = inside(lab);

const WEB = 'web.shop.internal';
const URL = `http://${WEB}:8080/`;

const service = (name: string, more = ''): string =>
  `  ${name}: {image: "orca-test/app:1", port: 8080, health: /healthz, deploy: {monitor: 0s, deadline: 60s}${more}}\n`;
const manifest = (project: string, ...services: readonly string[]): string =>
  lab.orca.manifest(project, `project: ${project}\nservices:\n${services.join('')}`);
const shop = (internal: string): string => manifest('shop', service('web', internal), service('db'));

async function orca(verb: 'deploy' | 'plan', file: string): Promise<string> {
  const { code, stdout, stderr } = await lab.orca.orca(verb, '-f', file);
  assert.equal(code, 0, stderr);
  return stdout + stderr;
}

/** Of all services: nobody is restarted for a grant. */
const containers = () => Promise.all(['web', 'db', 'api', 'site'].map(containerOf));
const networks = () => lab.engine.docker(['network', 'ls', '--format', '{{.Name}}']);
const isFound = async () => (await resolve('api', WEB)).startsWith('["10.');
const isGone = async () => !(await networks()).includes('.shop.billing');

/** The service, and where the granted project finds it. */
let before: readonly string[] = [];
let address = '';

test('a granted project reaches the service by its whole name, and nothing else of its project', async () => {
  await orca('deploy', shop(''));
  await orca('deploy', manifest('billing', service('api')));
  await orca('deploy', manifest('blog', service('site')));
  before = await containers();
  assert.equal(await resolve('api', WEB), 'ENOTFOUND');
  const told = await orca('deploy', shop(', internal: [billing]'));
  assert.match(told, /the project billing can reach it as web\.shop\.internal/);
  await until('the name to be found', isFound);
  assert.equal(await fetch('api', URL), '200');
  address = JSON.parse(await resolve('api', WEB))[0];
  for (const name of ['web', 'db.shop.internal', 'nobody.shop.internal'])
    assert.equal(await resolve('api', name), 'ENOTFOUND', name);
});

test('who is not granted neither finds the name nor gets a connection to the address', async () => {
  assert.equal(await resolve('site', WEB), 'ENOTFOUND');
  assert.equal(await fetch('site', `http://${address}:8080/`, 3000), 'no connection');
});

test('the names of each project itself are what they were, and no container was touched', async () => {
  assert.ok((await resolve('web', 'db')).startsWith('["10.'));
  assert.equal(await fetch('db', 'http://web:8080/'), '200');
  assert.notEqual(JSON.parse(await resolve('db', 'web'))[0], address, 'another network');
  assert.equal(await resolve('web', 'api.billing.internal'), 'ENOTFOUND', 'a grant is one way');
  assert.equal(await resolve('api', 'outside.test'), '["192.0.2.7"]');
  assert.deepEqual(await containers(), before);
});

test('a task that is started later is on the network from its beginning', async () => {
  const { code, stderr } = await lab.orca.orca('restart', 'api');
  assert.equal(code, 0, stderr);
  await until('the old one to go', async () => (await lab.orca.containers('api')).length === 1);
  assert.notEqual(await containerOf('api'), before[2]);
  assert.equal(await fetch('api', URL), '200');
  before = await containers();
});

test('a grant that is taken back cuts off at once who had it, without a restart, and its network goes', async () => {
  const revoked = shop('');
  assert.match(await orca('plan', revoked), /billing cannot reach it once this has succeeded/);
  assert.equal(await fetch('api', URL), '200', 'a plan changes nothing');
  await orca('deploy', revoked);
  await until('the name to be unknown', async () => (await resolve('api', WEB)) === 'ENOTFOUND');
  await until('the network to go', isGone);
  assert.equal(await fetch('api', `http://${address}:8080/`, 3000), 'no connection');
  assert.equal(await fetch('db', 'http://web:8080/'), '200');
  assert.deepEqual(await containers(), before);
});

test('`true` grants all projects; a server that is killed in the middle of either way finishes it', async () => {
  const body = (internal: unknown) => ({
    services: [{ project: 'shop', name: 'web', image: 'orca-test/app:1', port: 8080, health: '/healthz', internal }],
  });
  const begin = async (internal: unknown) => {
    const { status, body: text } = await lab.orca.api('POST', '/api/v1/deploy?wait=false', body(internal));
    assert.ok(status < 300, text);
    lab.orca.killServer();
    await lab.orca.startServer();
  };
  await begin(true);
  await until('one to find it', isFound);
  await until('the other one, too', async () => (await resolve('site', WEB)).startsWith('["10.'));
  assert.equal(await fetch('site', URL), '200');
  assert.equal(await fetch('api', URL), '200');
  for (const name of ['site', 'api']) assert.equal((await lab.orca.orca('rm', name, '--yes')).code, 0);
  const { code, stderr } = await lab.orca.orca('restart', 'web');
  assert.equal(code, 0, `with nobody left to reach it: ${stderr}`);
  await begin(false);
  await until('the networks to go', async () => !/\.shop\.(billing|blog)/.test(await networks()));
  assert.equal(await fetch('db', 'http://web:8080/'), '200');
});
