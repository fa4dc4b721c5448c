import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { whoami } from '../../../src/contract/whoami.ts';
import { type ScriptedServer, scriptedServer, TOKEN } from '../client/scripted-server.ts';
import { cliEntry, folder, runCli, surroundings } from './run-cli.ts';

async function server(t: TestContext): Promise<ScriptedServer> {
  const who = { name: 'ci', role: 'deployer', projects: ['shop'], expires_at: Date.now() + 3 * 86_400_000 + 3_600_000 };
  const scripted = await scriptedServer([[whoami, () => ({ json: who })]]);
  t.after(async () => {
    await scripted.close();
    assert.deepEqual(scripted.violations, []);
  });
  return scripted;
}

interface Home {
  readonly config: string;
  orca(args: readonly string[], stdin?: string, env?: Record<string, string>): ReturnType<typeof runCli>;
  content(): Promise<string>;
}

async function home(t: TestContext): Promise<Home> {
  const path = await folder(t);
  const config = join(path, '.config/orca/config.yml');
  return {
    config,
    orca: (args, stdin, env = {}) =>
      runCli(args, { token: null, env: { HOME: path, ...env }, ...(stdin === undefined ? {} : { stdin }) }),
    content: () => readFile(config, 'utf8'),
  };
}

describe('orca login', { concurrency: 2 }, () => {
  it('checks the token, keeps it for its owner only, and makes it the one that is used', async (t) => {
    const { api } = await server(t);
    const { orca, config, content } = await home(t);
    const { code, stdout, stderr } = await orca(['login', api, '--name', 'prod'], `${TOKEN}\n`);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(
      stdout,
      /^logged in at http:\/\/127\.0\.0\.1:\d+ as ci \(deployer\); the context "prod" is now used\n$/,
    );
    assert.equal((await stat(config)).mode & 0o777, 0o600);
    assert.equal((await stat(join(config, '..'))).mode & 0o777, 0o700);
    assert.ok((await content()).includes(TOKEN));
    assert.ok(!(stdout + stderr).includes(TOKEN));
    const who = await orca(['whoami']);
    assert.equal(who.stdout, `ci: deployer for shop; expires in 3d\nserver: ${api} (prod)\n`);
    assert.equal(JSON.parse((await orca(['whoami', '--json'])).stdout).source, 'prod');
  });

  it('stores nothing for a token that is refused, missing, or no token', async (t) => {
    const { api } = await server(t);
    const { orca, config } = await home(t);
    const wrong: readonly (readonly [string, number, RegExp])[] = [
      ['not-this-one', 9, /does not accept the token[\s\S]*nothing was stored/],
      ['', 1, /no token was given/],
      ['two words', 1, /a character that no token has/],
      ['x'.repeat(20_000), 1, /too long/],
    ];
    for (const [token, exit, why] of wrong) {
      const { code, stderr } = await orca(['login', api], token);
      assert.equal(code, exit, stderr);
      assert.match(stderr, why);
      assert.ok(token === '' || !stderr.includes(token));
    }
    assert.equal(existsSync(config), false);
  });

  it('sends no token over plain HTTP to another machine', async (t) => {
    const { orca, config } = await home(t);
    const { code, stderr } = await orca(['login', 'http://orca.example.com'], TOKEN);
    assert.equal(code, 9);
    assert.match(stderr, /anyone on the way could read it/);
    assert.equal(existsSync(config), false);
  });

  it('keeps comments and other contexts, closes a file that others may read, and follows a link', async (t) => {
    const { api } = await server(t);
    const { orca, config, content } = await home(t);
    await mkdir(join(config, '..'), { recursive: true });
    const kept = join(config, '../kept.yml');
    await writeFile(kept, '# mine\ncurrent: lab\ncontexts:\n  lab: {api: "http://127.0.0.1:1", token: of-lab} # old\n');
    await chmod(kept, 0o644);
    await symlink(kept, config);
    assert.equal((await orca(['login', api], TOKEN)).code, 0);
    const text = await content();
    assert.match(text, /^# mine\ncurrent: 127\.0\.0\.1\n[\s\S]*of-lab *\} # old/);
    assert.equal((await stat(kept)).mode & 0o777, 0o600);
    assert.deepEqual((await readdir(join(config, '..'))).toSorted(), ['config.yml', 'kept.yml']);
  });

  it('does not write over the context of another server, nor over a file that it does not understand', async (t) => {
    const { api } = await server(t);
    const { orca, config, content } = await home(t);
    await mkdir(join(config, '..'), { recursive: true });
    await writeFile(config, 'contexts: {prod: {api: "https://orca.example.com", token: of-prod}}\n');
    const { code, stderr } = await orca(['login', api, '--name', 'prod'], TOKEN);
    assert.equal(code, 8);
    assert.match(stderr, /"prod" is for https:\/\/orca\.example\.com[\s\S]*--name/);
    await writeFile(config, 'contexts: 7\n');
    assert.equal((await orca(['login', api], TOKEN)).code, 1);
    assert.equal(await content(), 'contexts: 7\n');
  });

  it('says when the environment is used before the context', async (t) => {
    const { api } = await server(t);
    const { orca } = await home(t);
    const { stderr } = await orca(['login', api], TOKEN, { ORCA_API: 'http://127.0.0.1:1' });
    assert.match(stderr, /ORCA_API is set, and is used before the context/);
  });

  it('asks on a terminal, and shows nothing of what is typed', async (t) => {
    const { api } = await server(t);
    const { config, content } = await home(t);
    const command = [process.execPath, await cliEntry(), 'login', api].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: {
        ...surroundings({ token: null, env: { HOME: join(config, '../../..') } }),
        TERM: 'xterm',
        SHELL: '/bin/sh',
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let screen = '';
    let typed = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      if (typed || !screen.includes('token for ')) return;
      typed = true;
      child.stdin.write(`wrong\u007f\u007f\u007f\u007f\u007f${TOKEN}\r`);
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 0, screen);
    assert.match(screen, /token for http:\S+: \r?\n[\s\S]*logged in at /);
    assert.ok(!screen.includes(TOKEN) && !screen.includes('wrong'), screen);
    assert.ok((await content()).includes(TOKEN));
  });
});

describe('orca context', () => {
  it('lists, switches and removes, and never shows a token', async (t) => {
    const { orca, config, content } = await home(t);
    assert.match((await orca(['context'])).stderr, /no contexts/);
    await mkdir(join(config, '..'), { recursive: true });
    await writeFile(
      config,
      'current: lab\ncontexts:\n  lab: {api: "http://127.0.0.1:1", token: of-lab}\n  prod: {api: https://orca.example.com}\n',
    );
    const { stdout } = await orca(['context']);
    assert.match(
      stdout,
      /^ +NAME +SERVER +TOKEN\n\* +lab +http:\/\/127\.0\.0\.1:1 +yes\n +prod +https:\/\/orca\.example\.com +no\n$/,
    );
    assert.equal((await orca(['context', 'use', 'prod'])).stdout, 'the context "prod" is now used\n');
    assert.match(await content(), /^current: prod$/m);
    assert.equal((await orca(['context', 'rm', 'prod'])).code, 0);
    assert.doesNotMatch(await content(), /prod/);
    const json = JSON.parse((await orca(['context', 'ls', '--json'])).stdout);
    assert.deepEqual(json.contexts, [{ name: 'lab', api: 'http://127.0.0.1:1', current: false, has_token: true }]);
    const unknown = await orca(['context', 'use', 'constructor']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /there is no context "constructor"[\s\S]*there are: lab/);
    assert.equal((await orca(['context', 'use'])).code, 1);
    assert.equal((await orca(['context', 'make', 'x'])).code, 1);
  });
});
