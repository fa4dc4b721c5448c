import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
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
  twin: {api: "http://127.0.0.1:7000", token: of-twin}
  near: {api: "unix:///srv/orca/orca.sock", token: of-near}
  a: {api: "http://127.0.0.1:8000", token: of-a}
  b: {api: "http://127.0.0.1:8000", token: of-b}
`;

/** A home, with the admin token of a server in it, and a configuration file where one is given. */
async function home(t: TestContext, config?: string): Promise<Environment> {
  const path = await folder(t);
  await mkdir(join(path, '.local/share/orca'), { recursive: true });
  await writeFile(join(path, '.local/share/orca/admin.token'), 'of-this-machine\n');
  await mkdir(join(path, '.config/orca'), { recursive: true });
  if (config !== undefined) await writeFile(join(path, '.config/orca/config.yml'), config);
  return { ...readEnvironment({}), home: path, configHome: join(path, '.config'), root: false, cwd: path };
}

const refusal = async (env: Environment, flags: ContextFlags = {}): Promise<OrcaError> => {
  const error = await resolveContext(flags, env).then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OrcaError);
  return error;
};

type Set = Partial<Pick<Environment, 'api' | 'token' | 'context' | 'data'>>;

interface Case {
  readonly flags?: ContextFlags;
  readonly env?: Set;
  /** Where it leads; HOME stands for the user's. */
  readonly api: string;
  readonly token?: string;
  readonly source?: string;
}

const PROD = 'https://orca.example.com';
const OWN = 'unix://HOME/.local/share/orca/orca.sock';
const HERE = 'this machine';

/** With a configuration file that has no current context. */
const WITHOUT_CURRENT: readonly Case[] = [
  { api: OWN, source: HERE },
  { env: { token: 'of-env' }, api: OWN, source: HERE },
  { env: { data: '/srv/orca' }, api: 'unix:///srv/orca/orca.sock', source: HERE },
  { env: { data: 'demo' }, api: 'unix://HOME/demo/orca.sock', source: HERE },
  { flags: { data: 'demo' }, env: { data: '/srv/orca' }, api: 'unix://HOME/demo/orca.sock', source: HERE },
  { flags: { data: '/x' }, env: { api: PROD, token: 'of-env' }, api: 'unix:///x/orca.sock', source: HERE },
  { flags: { data: '/x' }, env: { context: 'prod' }, api: 'unix:///x/orca.sock', source: HERE },
  { env: { data: '/x', context: 'prod' }, api: PROD, token: 'of-prod', source: 'prod' },
  { env: { data: '/x', api: 'http://127.0.0.1:9' }, api: 'http://127.0.0.1:9', source: 'ORCA_API' },
  // A token goes to the address beside it, and to no other.
  { env: { api: 'http://127.0.0.1:9' }, api: 'http://127.0.0.1:9', source: 'ORCA_API' },
  { env: { api: '127.0.0.1:9/', token: 'of-env' }, api: 'http://127.0.0.1:9', token: 'of-env', source: 'ORCA_API' },
  { env: { api: PROD, token: 'of-env' }, api: PROD, token: 'of-env', source: 'ORCA_API' },
  { flags: { api: 'http://localhost:9' }, env: { token: 'of-env' }, api: 'http://localhost:9', source: '--api' },
  { flags: { api: '127.0.0.1:1' }, env: { api: '127.0.0.1:2', token: 'of-env' }, api: 'http://127.0.0.1:1' },
  {
    flags: { api: '127.0.0.1:2' },
    env: { api: '127.0.0.1:2', token: 'of-env' },
    api: 'http://127.0.0.1:2',
    token: 'of-env',
  },
  { flags: { api: 'localhost:2' }, env: { api: '127.0.0.1:2', token: 'of-env' }, api: 'http://localhost:2' },
  { flags: { api: PROD }, env: { api: 'ssh://x', token: 'of-env' }, api: PROD, token: 'of-prod' },
  { flags: { api: 'localhost:2', data: '/x' }, api: 'http://localhost:2' },
  // Contexts: their own token, or that of the very same address.
  { flags: { context: 'prod' }, env: { token: 'of-env' }, api: PROD, token: 'of-prod', source: 'prod' },
  { flags: { context: 'prod' }, env: { api: PROD, token: 'of-env' }, api: PROD, token: 'of-prod', source: 'prod' },
  { flags: { context: 'lab' }, env: { token: 'of-env' }, api: 'http://127.0.0.1:7000', source: 'lab' },
  { flags: { context: 'lab' }, env: { api: PROD, token: 'of-env' }, api: 'http://127.0.0.1:7000', source: 'lab' },
  { env: { context: 'lab', token: 'of-env' }, api: 'http://127.0.0.1:7000', source: 'lab' },
  { env: { context: 'lab', api: '127.0.0.1:7', token: 'of-env' }, api: 'http://127.0.0.1:7', token: 'of-env' },
  { env: { api: '127.0.0.1:7000' }, api: 'http://127.0.0.1:7000', token: 'of-twin', source: 'ORCA_API' },
  { flags: { api: PROD }, env: { token: 'of-env' }, api: PROD, token: 'of-prod', source: '--api' },
  { env: { api: '127.0.0.1:8000' }, api: 'http://127.0.0.1:8000', source: 'ORCA_API' },
  // Sockets need no token, and are sent the one that was meant for them.
  { env: { api: 'unix:///run/orca.sock' }, api: 'unix:///run/orca.sock', source: 'ORCA_API' },
  { env: { api: 'unix:/run//x/../orca.sock' }, api: 'unix:///run/orca.sock', source: 'ORCA_API' },
  { env: { api: 'unix:///run/a%20b/orca.sock' }, api: 'unix:///run/a%20b/orca.sock', source: 'ORCA_API' },
  { env: { api: 'unix:///run/orca.sock', token: 'of-env' }, api: 'unix:///run/orca.sock', token: 'of-env' },
  { flags: { api: 'unix:///run/orca.sock' }, env: { token: 'of-env' }, api: 'unix:///run/orca.sock', source: '--api' },
  { flags: { context: 'near' }, api: 'unix:///srv/orca/orca.sock', token: 'of-near', source: 'near' },
  { flags: { data: '/srv/orca' }, api: 'unix:///srv/orca/orca.sock', source: HERE },
];

/** `prod` is current. */
const WITH_CURRENT: readonly Case[] = [
  { api: PROD, token: 'of-prod', source: 'prod' },
  { env: { token: 'of-env' }, api: PROD, token: 'of-prod', source: 'prod' },
  { env: { context: 'lab' }, api: 'http://127.0.0.1:7000', source: 'lab' },
  { env: { data: '/x' }, api: 'unix:///x/orca.sock', source: HERE },
  { flags: { data: '/x' }, api: 'unix:///x/orca.sock', source: HERE },
  { env: { api: 'http://127.0.0.1:9' }, api: 'http://127.0.0.1:9', source: 'ORCA_API' },
];

const prefixed = (set: Set): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(set).map(([key, value]) => [`ORCA_${key.toUpperCase()}`, value]));

describe('which server, with which credential', () => {
  for (const [config, cases] of [
    [CONFIG.replace(/^current.*\n/, ''), WITHOUT_CURRENT],
    [CONFIG, WITH_CURRENT],
  ] as const)
    for (const { flags = {}, env: set = {}, ...wanted } of cases)
      it(`${JSON.stringify({ ...flags, ...prefixed(set) })}${config === CONFIG ? ' beside a current context' : ''}`, async (t) => {
        const env = await home(t, config);
        const { api, token, source } = await resolveContext(flags, { ...env, ...set });
        const expected = { api: wanted.api.replace('HOME', env.home), token: wanted.token };
        assert.deepEqual({ api, token }, expected);
        if (wanted.source !== undefined) assert.equal(source, wanted.source);
      });

  it('is the socket of root for root, and the one that is there', async (t) => {
    const env = await home(t);
    const { api } = await resolveContext({}, { ...env, root: true });
    const own = `unix://${env.home}/.local/share/orca/orca.sock`;
    assert.equal(api, existsSync('/var/lib/orca/orca.sock') ? api : 'unix:///var/lib/orca/orca.sock');
    await writeFile(own.slice('unix://'.length), '');
    assert.equal((await resolveContext({}, { ...env, root: true })).api, own);
  });

  it('says why a token that is there is not sent', async (t) => {
    const env = { ...(await home(t)), token: 'of-env' };
    const { credential } = await resolveContext({ api: 'http://127.0.0.1:9' }, env);
    assert.deepEqual(credential, {
      unsent: 'ORCA_TOKEN is for the address in ORCA_API alone: set ORCA_API=http://127.0.0.1:9 to send it there',
    });
  });

  it('never sends a token in the clear', async (t) => {
    const env = await home(t);
    const { code, message } = await refusal({ ...env, api: 'http://10.0.0.5:6880', token: 'secret' });
    assert.deepEqual(
      [code, message],
      ['forbidden', 'the token is not sent to http://10.0.0.5:6880: anyone on the way could read it'],
    );
    assert.equal((await refusal({ ...env, api: 'http://127.0.0.1.example.com', token: 'secret' })).code, 'forbidden');
  });

  it('takes a token without the white space around it, and refuses what no token is', async (t) => {
    const env = await home(t, CONFIG);
    const token = async (text: string) => (await resolveContext({}, { ...env, api: 'https://x', token: text })).token;
    assert.equal(await token('of-env\r\n'), 'of-env');
    assert.equal(await token(' \n'), undefined);
    for (const text of ['a\nb', 'a b', 'caf\u00e9', '\u2026']) {
      const { code, message } = await refusal({ ...env, api: 'https://x', token: text });
      assert.deepEqual([code, message], ['malformed', 'the token in ORCA_TOKEN has a character that no token has']);
    }
    const context = await home(t, 'current: prod\ncontexts: {prod: {api: https://x, token: "a b"}}');
    assert.match((await refusal(context)).message, /^the token in context "prod" has /);
  });

  it('refuses an address it cannot use, and says what one looks like', async (t) => {
    const env = await home(t);
    assert.equal((await refusal(env, { api: 'ftp://x' })).message, '"ftp://x" is not an address of a server');
    for (const api of ['', 'unix:orca.sock', 'unix://', 'unix://host'])
      assert.equal((await refusal(env, { api })).code, 'malformed', api);
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
    assert.equal(unknown.hint, 'it has: prod, lab, twin, near, a, b');
  });
});
