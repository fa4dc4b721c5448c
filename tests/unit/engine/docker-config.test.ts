import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { authConfig } from '../../../src/engine/credentials/account.ts';
import { createHelpers } from '../../../src/engine/credentials/credential-helper.ts';
import { createDockerConfig } from '../../../src/engine/credentials/docker-config.ts';

const basic = (name: string, password: string) => ({ auth: Buffer.from(`${name}:${password}`).toString('base64') });

interface Limits {
  readonly within?: number;
}

/** A folder of docker's, with helpers in PATH that are scripts of a shell. */
function setUp(t: TestContext, config?: unknown, { within = 60_000 }: Limits = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'orca-docker-'));
  const path = process.env['PATH'];
  process.env['PATH'] = `${dir}${delimiter}${path}`;
  t.after(() => {
    process.env['PATH'] = path;
    rmSync(dir, { recursive: true, force: true });
  });
  const write = (content: unknown) =>
    writeFileSync(join(dir, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content));
  if (config !== undefined) write(config);
  const helper = (name: string, script: string) =>
    writeFileSync(join(dir, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return {
    dir,
    write,
    helper,
    ...createDockerConfig({ dir, askHelper: createHelpers({ within, output: 64 * 1024 }) }),
  };
}

test('no file is no account; a file is read anew each time', async (t) => {
  const { account, registries, write } = setUp(t);
  assert.equal(await account('ghcr.io/acme/web'), undefined);
  assert.deepEqual(await registries(), []);
  write({ auths: { 'ghcr.io': basic('ci', 'se:same') } });
  const found = await account('ghcr.io/acme/web');
  assert.deepEqual([found?.place, found?.username, found?.secret], ['ghcr.io', 'ci', { password: 'se:same' }]);
  assert.deepEqual(await registries(), [{ place: 'ghcr.io', username: 'ci' }]);
  assert.equal(await account('quay.io/acme/web'), undefined);
});

test('keys are taken as docker and podman write them; the longest path counts', async (t) => {
  const { account } = setUp(t, {
    auths: {
      'https://index.docker.io/v1/': basic('hub', 'a'),
      'registry.example.com': basic('all', 'b'),
      'registry.example.com/team-a': { username: 'team-a', password: 'c' },
      'token.example.com': { auth: Buffer.from('me:').toString('base64'), identitytoken: 'refresh' },
      'stored.example.com': {},
      'no registry': basic('x', 'y'),
    },
  });
  const nameOf = async (repository: string) => (await account(repository))?.username;
  assert.equal(await nameOf('nginx'), 'hub');
  assert.equal(await nameOf('registry.example.com/team-a/web'), 'team-a');
  assert.equal(await nameOf('registry.example.com/team-ab/web'), 'all');
  assert.equal(await nameOf('stored.example.com/web'), undefined);
  const [hub, token] = [await account('acme/web'), await account('token.example.com/web')];
  assert.ok(hub && token);
  assert.deepEqual(authConfig(hub), { username: 'hub', password: 'a', serveraddress: 'https://index.docker.io/v1/' });
  assert.deepEqual(authConfig(token), {
    username: 'me',
    identitytoken: 'refresh',
    serveraddress: 'token.example.com',
  });
});

test('a helper is asked for its registry, on standard input; it wins over auths, and that holds where it has nothing', async (t) => {
  const { dir, account, registries, helper } = setUp(t, {
    auths: { 'ecr.example.com': basic('old', 'x'), 'other.example.com': basic('other', 'y') },
    credHelpers: { 'ecr.example.com': 'ecr' },
    credsStore: 'desktop',
  });
  helper('ecr', `echo "$1 $(cat)" > ${dir}/asked; echo '{"ServerURL":"x","Username":"AWS","Secret":"short-lived"}'`);
  helper('desktop', 'cat > /dev/null; echo "credentials not found in native keychain"; exit 1');
  const found = await account('ecr.example.com/acme/web');
  assert.deepEqual(
    [found?.username, found?.secret, found?.source],
    ['AWS', { password: 'short-lived' }, 'from docker-credential-ecr'],
  );
  assert.equal(readFileSync(join(dir, 'asked'), 'utf8'), 'get ecr.example.com\n');
  assert.equal((await account('other.example.com/web'))?.username, 'other');
  assert.deepEqual(await registries(), [
    { place: 'ecr.example.com', username: 'old' },
    { place: 'other.example.com', username: 'other' },
    { place: 'ecr.example.com', helper: 'ecr' },
  ]);
});

test("a helper's token is one, and Docker Hub is asked for by the name that docker has for it", async (t) => {
  const { dir, account, helper } = setUp(t, { credsStore: 'desktop' });
  helper('desktop', `cat > ${dir}/asked; echo '{"Username":"<token>","Secret":"refresh"}'`);
  assert.deepEqual((await account('nginx'))?.secret, { identityToken: 'refresh' });
  assert.equal(readFileSync(join(dir, 'asked'), 'utf8'), 'https://index.docker.io/v1/');
});

test('a helper that fails, says nonsense, too much, nothing, or is not there is told by its name, never by its words', async (t) => {
  const { account, write, helper } = setUp(t);
  helper('fails', 'echo secret-thing; exit 3');
  helper('nonsense', 'echo secret-thing');
  helper('loud', 'head -c 1000000 /dev/zero');
  for (const [name, told] of [
    ['fails', /^docker-credential-fails ended with code 3$/],
    ['nonsense', /^docker-credential-nonsense gave no account$/],
    ['loud', /^docker-credential-loud answered more than 65536 bytes$/],
    ['missing', /^docker-credential-missing could not be started: .*ENOENT/],
    ['../../bin/sh', /names a helper that is no name/],
    ['x; touch /tmp/orca-canary', /names a helper that is no name/],
  ] as const) {
    write({ credHelpers: { 'x.example.com': name } });
    await assert.rejects(account('x.example.com/web'), (error: Error) => {
      assert.match(error.message, told);
      assert.doesNotMatch(error.message, /secret-thing/);
      return true;
    });
  }
});

test('a helper that does not answer is killed, with what it has started', async (t) => {
  const { dir, account, helper } = setUp(t, { credHelpers: { 'x.example.com': 'slow' } }, { within: 300 });
  helper('slow', `echo $$ > ${dir}/pid; sleep 600 & sleep 600`);
  await assert.rejects(account('x.example.com/web'), /^Error: docker-credential-slow gave no answer within 0.3 s$/);
});

test('a file that is no JSON, or far too long, is told without its content', async (t) => {
  const { account, write } = setUp(t, '{"auths": secret-thing');
  await assert.rejects(account('x.example.com/web'), (error: Error) => {
    assert.match(error.message, /config\.json is no JSON$/);
    return true;
  });
  write(' '.repeat(1024 * 1024 + 1));
  await assert.rejects(account('x.example.com/web'), /is over 1048576 bytes/);
  write('[]');
  assert.equal(await account('x.example.com/web'), undefined);
});
