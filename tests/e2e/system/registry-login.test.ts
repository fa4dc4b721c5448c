import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { CI, TEAM_A } from '../../lab/registry/accounts.ts';
import { useCluster } from '../../lab/use-cluster.ts';

let host = '';
let tokenHost = '';
const lab = useCluster({
  images: ['orca-test/web:1'],
  prepare: async ({ engine }) => {
    const registries = [await engine.startRegistry('password'), await engine.startRegistry('token')];
    [host = '', tokenHost = ''] = registries.map((one) => one.host);
    for (const registry of registries)
      for (const name of ['team-a/one', 'team-a/two', 'base/three', 'base/four'])
        await registry.push('orca-test/web:1', `${name}:1`);
    return { stop: async () => void (await Promise.all(registries.map((one) => one.stop()))) };
  },
});

/** Each image has a name of its own: what the engine has seen it does not ask for again. */
const deploy = (image: string) =>
  lab.orca.orca(
    'deploy',
    '-f',
    lab.orca.manifest(
      'shop',
      `project: shop
services:
  web:
    image: ${image}:1
    port: 8080
    domain: shop.example.com
    health: /healthz
    deploy: {monitor: 100ms, deadline: 60s}
`,
    ),
  );

async function login(password: string, ...args: readonly string[]) {
  const child = lab.orca.startOrca('registry', 'login', '--password-stdin', ...args);
  child.stdin?.end(`${password}\n`);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const told = [child.stdout, child.stderr].map((stream) => text(stream ?? Readable.from([])));
  const [[code], stdout = '', stderr = ''] = await Promise.all([closed, ...told]);
  return { code, stdout, stderr };
}

test('without a login the deploy fails, and says how to log in', async () => {
  const { code, stdout, stderr } = await deploy(`${host}/base/three`);
  assert.notEqual(code, 0);
  assert.match(stdout + stderr, new RegExp(`${host} needs a login: .orca registry login ${host}`));
});

test('a wrong password is not stored; a right one is, and the image is pulled with it', async () => {
  const wrong = await login('wrong', host, '--username', CI.name);
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.stderr, new RegExp(`registry ${host} refuses the password of "ci"`));
  assert.match((await lab.orca.orca('registry', 'ls')).stderr, /no logins yet/);

  const right = await login(CI.password, host, '--username', CI.name);
  assert.equal(right.code, 0, right.stderr);
  assert.match(right.stdout, new RegExp(`^stored the login of ci for ${host}; the registry accepts it\n$`));
  const { code, stdout, stderr } = await deploy(`${host}/base/three`);
  assert.equal(code, 0, stdout + stderr);
  assert.equal((await lab.orca.ask('shop.example.com')).body, '1\n');
});

test('a password that has changed since is told with the account and where it is from; the old version serves', async () => {
  assert.equal((await login('old', `${host}/team-a`, '-u', TEAM_A.name, '--no-check')).code, 0);
  const { code, stdout, stderr } = await deploy(`${host}/team-a/one`);
  assert.notEqual(code, 0);
  const told = `registry ${host} does not accept the account "team-a" (for ${host}/team-a, stored with \`orca registry login\`)`;
  assert.ok((stdout + stderr).includes(told), stdout + stderr);
  assert.equal((await lab.orca.ask('shop.example.com')).body, '1\n');
  assert.equal((await login(TEAM_A.password, `${host}/team-a`, '-u', TEAM_A.name)).code, 0);
  const again = await deploy(`${host}/team-a/one`);
  assert.equal(again.code, 0, again.stdout + again.stderr);
});

test('a registry with a token server takes the account of a part of it', async () => {
  assert.equal((await login(TEAM_A.password, `${tokenHost}/team-a`, '-u', TEAM_A.name)).code, 0);
  const { code, stdout, stderr } = await deploy(`${tokenHost}/team-a/two`);
  assert.equal(code, 0, stdout + stderr);
  const other = await deploy(`${tokenHost}/base/four`);
  assert.notEqual(other.code, 0, 'that account counts below team-a only');
  assert.match(other.stdout + other.stderr, /denied/);
});

test('where none is stored, the config of docker is read, and its helpers are asked', async () => {
  const folder = join(lab.engine.dir, 'docker-config');
  await mkdir(folder, { recursive: true });
  const auth = Buffer.from(`${CI.name}:${CI.password}`).toString('base64');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [tokenHost]: { auth } } }));
  const listed = JSON.parse((await lab.orca.orca('registry', 'ls', '--json')).stdout);
  assert.deepEqual(listed.docker_config, [{ host: tokenHost, username: 'ci', helper: null }]);
  const { code, stdout, stderr } = await deploy(`${tokenHost}/base/four`);
  assert.equal(code, 0, stdout + stderr);

  assert.equal((await lab.orca.orca('registry', 'logout', host)).code, 0);
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ credHelpers: { [host]: 'not-there' } }));
  const failed = await deploy(`${host}/base/four`);
  assert.notEqual(failed.code, 0);
  assert.match(failed.stdout + failed.stderr, /no account was used: docker-credential-not-there could not be started/);
});

test('no password stands in the store, the logs, the audit log or an answer', async () => {
  const { orca } = lab;
  const answers = await Promise.all(
    ['/api/v1/registries', '/api/v1/audit', '/api/v1/deployments', '/api/v1/status'].map((path) =>
      orca.api('GET', path),
    ),
  );
  const files = readdirSync(orca.dir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const everything = [
    ...answers.map(({ body }) => body),
    JSON.stringify(orca.serverLog()),
    ...files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')),
  ];
  assert.ok(files.some(({ name }) => name === 'orca.db'));
  for (const { password } of [CI, TEAM_A])
    for (const form of [password, Buffer.from(password).toString('base64').slice(0, -4)])
      assert.ok(!everything.some((one) => one.includes(form)));
});
