import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type ContextFlags, resolveContext } from '../../../cli/context.ts';
import { type Environment, readEnvironment } from '../../../cli/environment.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { folder } from './run-cli.ts';

const CONFIG = `current: prod
contexts:
  prod: {api: https://orca.example.com, token: of-prod}
  lab: {api: "127.0.0.1:7000"}
`;

/** A home with a server's data folder, and a configuration file where one is given. */
async function home(t: TestContext, config?: string): Promise<Environment> {
  const path = await folder(t);
  await mkdir(join(path, '.local/share/orca'), { recursive: true });
  await writeFile(join(path, '.local/share/orca/admin.token'), 'of-this-machine\n');
  await mkdir(join(path, '.config/orca'), { recursive: true });
  if (config !== undefined) await writeFile(join(path, '.config/orca/config.yml'), config);
  return { ...readEnvironment({}), home: path, configHome: join(path, '.config'), root: false, cwd: path };
}

const resolved = async (env: Environment, flags: ContextFlags = {}) => {
  const { api, token, source } = await resolveContext(flags, env);
  return [api, token, source];
};

const refusal = async (env: Environment, flags: ContextFlags = {}): Promise<OrcaError> => {
  const error = await resolveContext(flags, env).then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OrcaError);
  return error;
};

describe('which server, with which credential', () => {
  it('is the one on this machine, with its admin token, when nothing is set', async (t) => {
    assert.deepEqual(await resolved(await home(t)), ['http://127.0.0.1:6880', 'of-this-machine', 'this machine']);
  });

  it('takes the token from the data folder that is named', async (t) => {
    const env = await home(t, CONFIG);
    await writeFile(join(env.cwd, 'admin.token'), 'of-the-demo\n');
    assert.deepEqual(await resolved(env, { data: env.cwd }), ['http://127.0.0.1:6880', 'of-the-demo', 'this machine']);
    assert.equal((await resolved({ ...env, context: 'lab' }, { data: env.cwd }))[2], 'this machine');
    assert.deepEqual(await resolved(env, { data: env.cwd, api: 'http://localhost:7001' }), [
      'http://localhost:7001',
      'of-the-demo',
      '--api',
    ]);
  });

  it('flags win over the environment, that over the file', async (t) => {
    const env = await home(t, CONFIG);
    assert.deepEqual(await resolved(env), ['https://orca.example.com', 'of-prod', 'prod']);
    assert.deepEqual(await resolved({ ...env, context: 'lab' }), ['http://127.0.0.1:7000', 'of-this-machine', 'lab']);
    const set = { ...env, api: 'http://127.0.0.1:9/', token: 'of-env', context: 'lab' };
    assert.deepEqual(await resolved(set), ['http://127.0.0.1:9', 'of-env', 'ORCA_API']);
    assert.deepEqual(await resolved(set, { context: 'prod' }), ['https://orca.example.com', 'of-prod', 'prod']);
    assert.deepEqual(await resolved(set, { api: 'localhost:1' }), ['http://localhost:1', 'of-env', '--api']);
  });

  it("never sends this machine's token elsewhere, nor any token in the clear", async (t) => {
    const env = await home(t);
    assert.deepEqual(await resolved({ ...env, api: 'https://orca.example.com' }), [
      'https://orca.example.com',
      undefined,
      'ORCA_API',
    ]);
    assert.deepEqual(await resolved({ ...env, api: 'http://10.0.0.5:6880' }), [
      'http://10.0.0.5:6880',
      undefined,
      'ORCA_API',
    ]);
    const { code, message } = await refusal({ ...env, api: 'http://10.0.0.5:6880', token: 'secret' });
    assert.deepEqual(
      [code, message],
      ['forbidden', 'the token is not sent to http://10.0.0.5:6880: anyone on the way could read it'],
    );
    assert.equal((await refusal({ ...env, api: 'http://127.0.0.1.example.com', token: 'secret' })).code, 'forbidden');
  });

  it('takes a token without the white space around it, and refuses what no token is', async (t) => {
    const env = await home(t, CONFIG);
    const token = async (text: string) => (await resolveContext({ api: 'https://x' }, { ...env, token: text })).token;
    assert.equal(await token('of-env\r\n'), 'of-env');
    assert.equal(await token(' \n'), undefined);
    for (const text of ['a\nb', 'a b', 'caf\u00e9', '\u2026']) {
      const { code, message } = await refusal({ ...env, token: text });
      assert.deepEqual([code, message], ['malformed', 'the token in ORCA_TOKEN has a character that no token has']);
    }
    const context = await home(t, 'current: prod\ncontexts: {prod: {api: https://x, token: "a b"}}');
    assert.match((await refusal(context)).message, /^the token in context "prod" has /);
    await writeFile(join(env.cwd, 'admin.token'), 'a b');
    assert.match(
      (await refusal(env, { data: env.cwd, api: '[::1]' })).message,
      /^the token in \/.*\/admin\.token has /,
    );
  });

  it('knows why there is no token, where a file of one cannot be read', async (t) => {
    const env = await home(t);
    const path = join(env.home, '.local/share/orca/admin.token');
    await rm(path);
    assert.deepEqual((await resolveContext({}, env)).credential, { unreadable: [] });
    await mkdir(path);
    const { credential } = await resolveContext({}, env);
    assert.deepEqual(credential, { unreadable: [`cannot read ${path}: it is a directory`] });
  });

  it('refuses an address it cannot use, and says what one looks like', async (t) => {
    const env = await home(t);
    assert.equal((await refusal(env, { api: 'ftp://x' })).message, '"ftp://x" is not an address of a server');
    assert.equal((await refusal(env, { api: '' })).code, 'malformed');
    assert.equal((await refusal(env, { api: 'ssh://master' })).code, 'not_yet_supported');
  });

  it('names what is wrong in the configuration file', async (t) => {
    const cases: readonly [string, RegExp][] = [
      ['contexts: [', /^cannot use .*config\.yml: /],
      ['- a', /expected a mapping/],
      ['contexts: {prod: {}}\ncurrent: prod', /context "prod" has no `api` address/],
      ['contexts: {prod: {api: "http://x", token: 7}}', /the token of context "prod" is not a text/],
    ];
    for (const [text, message] of cases) assert.match((await refusal(await home(t, text))).message, message);
    const unknown = await refusal(await home(t, CONFIG), { context: 'production' });
    assert.match(unknown.message, /there is no context "production"/);
    assert.equal(unknown.hint, 'it has: prod, lab');
  });
});
