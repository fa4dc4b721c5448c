import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { putRegistry, registries, removeRegistry } from '../../../src/contract/registries.ts';
import { type ScriptedServer, scriptedServer } from '../client/scripted-server.ts';
import { runCli } from './run-cli.ts';

const STORED = {
  host: 'r.example.com/team-a',
  username: 'ci',
  created_at: Date.now() - 3_600_000,
  created_by: 'admin',
};

async function server(t: TestContext): Promise<ScriptedServer & { readonly bodies: readonly unknown[] }> {
  const bodies: unknown[] = [];
  const listed = {
    registries: [STORED],
    docker_config: [{ host: 'ecr.example.com', username: null, helper: 'ecr-login' }],
    problem: null,
  };
  const scripted = await scriptedServer([
    [
      putRegistry,
      ({ body }) => {
        bodies.push(body);
        return { json: { ...STORED, checked: false } };
      },
    ],
    [registries, () => ({ json: listed })],
    [removeRegistry, () => ({ json: { ok: 'removed the login of r.example.com/team-a', host: STORED.host } })],
  ]);
  t.after(async () => {
    await scripted.close();
    assert.deepEqual(scripted.violations, []);
  });
  return { ...scripted, bodies };
}

describe('orca registry', { concurrency: 2 }, () => {
  it('stores the password that comes on standard input, and does not show it', async (t) => {
    const { api, requests, bodies } = await server(t);
    const args = ['registry', 'login', STORED.host, '-u', 'ci', '--password-stdin', '--no-check'];
    const { code, stdout, stderr } = await runCli(args, { api, stdin: 'sesame\n' });
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(stdout, `stored the login of ci for ${STORED.host}; it was not checked\n`);
    assert.deepEqual(requests, ['PUT /api/v1/registries/r.example.com%2Fteam-a']);
    assert.deepEqual(bodies, [{ username: 'ci', password: 'sesame', check: false }]);
  });

  it('lists accounts with where they are from, and forgets one', async (t) => {
    const { api } = await server(t);
    const { stdout } = await runCli(['registry', 'ls'], { api });
    assert.match(stdout, /r\.example\.com\/team-a +ci +orca, by admin +1h ago/);
    assert.match(stdout, /ecr\.example\.com +docker-credential-ecr-login/);
    assert.equal(
      (await runCli(['registry', 'logout', STORED.host], { api })).stdout,
      `removed the login of ${STORED.host}\n`,
    );
  });

  it('refuses what makes no sense before it asks anybody', async () => {
    for (const [args, told] of [
      [['registry', 'push'], /it does: login, logout, ls/],
      [['registry', 'login'], /which registry\?/],
      [['registry', 'ls', 'x.example.com'], /takes no host/],
      [['registry', 'login', 'x.example.com'], /add --username/],
      [['registry', 'logout', 'x.example.com', '--username', 'a'], /--username does nothing/],
      [['registry', 'ls', '--no-check'], /--no-check does nothing/],
    ] as const) {
      const { code, stderr } = await runCli(args, { api: 'http://127.0.0.1:9' });
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, told);
    }
  });
});
