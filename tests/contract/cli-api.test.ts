import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it, type TestContext } from 'node:test';
import { send } from '../unit/api/deliveries.ts';
import { end, taskOf } from '../unit/api/records.ts';
import { openApi, type TestApi, until } from '../unit/api/test-api.ts';
import { type CliResult, folder, runCli } from '../unit/cli/run-cli.ts';

const manifest = (image: string) => `project: shop
services:
  web:
    image: ${image}
    port: 8080
    domain: shop.example.com
`;

/** The CLI in a process of its own against the whole API with a real store; the test does what controllers would. */
describe('the CLI against the API', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi({ works: true });
  });
  afterEach(() => test.close());

  const orca = (
    args: readonly string[],
    options: { cwd?: string; as?: keyof TestApi['tokens'] } = {},
  ): Promise<CliResult> =>
    runCli(args, {
      api: `http://127.0.0.1:${test.port}`,
      token: test.tokens[options.as ?? 'deployer'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });

  async function shop(t: TestContext, image = 'acme/web:1'): Promise<string> {
    const cwd = await folder(t);
    await writeFile(join(cwd, 'orca.yml'), manifest(image));
    return cwd;
  }

  /** `orca deploy`, with a task that serves once the deployment is there. */
  async function deployed(cwd: string): Promise<CliResult> {
    const run = orca(['deploy'], { cwd });
    await until(async () => (await test.state.deployments.get(1)) !== undefined);
    const hash = (await test.state.revisions.get('shop', 'web', 1))?.value.hash ?? '';
    const task = taskOf({ hash });
    await test.state.store.txn({ then: [test.state.tasks.put(task)] });
    test.world.serve(task);
    await end(test, 1, 'succeeded');
    return run;
  }

  it('plans, deploys, tells the progress and the outcome, and then nothing is left to do', async (t) => {
    const cwd = await shop(t);
    const before = await orca(['plan', '--exit-code'], { cwd });
    assert.equal(before.code, 2, before.stderr);
    assert.match(before.stdout, /^ {2}\+ web new/m);

    const { code, stdout, stderr } = await deployed(cwd);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^web +succeeded +1 +1\/1$/m);
    assert.match(stderr, /^\d\d:\d\d:\d\d web is new, deployment 1$/m);

    const again = await orca(['deploy'], { cwd });
    assert.equal(again.code, 0);
    assert.match(again.stderr, /web is unchanged/);
    assert.equal((await orca(['plan', '--exit-code'], { cwd })).code, 0);
  });

  it('looks, scales, stops, starts and removes', async (t) => {
    const cwd = await shop(t);
    await deployed(cwd);
    assert.match(
      (await orca(['status'])).stdout,
      /^web +shop +running +1\/1 +1 +\S+ +acme\/web:1 +shop\.example\.com$/m,
    );
    assert.match((await orca(['ps'])).stdout, /^web\.1 +shop +running +local +1 /m);
    assert.match((await orca(['deployments'])).stdout, /^ *1 +web +shop +succeeded +1 /m);
    assert.equal((await orca(['scale', 'web=2', 'nope=2'])).code, 1);
    assert.equal((await orca(['scale', 'web=3'])).stdout, 'web: 1 -> 3, until the count in the file (1) changes\n');
    assert.match(
      (await orca(['deploy'], { cwd })).stderr,
      /^web keeps 3 replicas, as scaled by hand; orca\.yml says 1/m,
    );
    assert.equal((await orca(['deploy', '--reset-scale'], { cwd })).code, 0);
    assert.equal((await test.state.services.get('shop', 'web'))?.value.replicas, 1);
    assert.equal((await orca(['stop', 'web'])).stdout, 'stopping web\n');
    assert.match((await orca(['status'])).stdout, /^web +shop +stopping /m);
    assert.equal((await orca(['start', 'web'])).stdout, 'starting web\n');
    assert.equal((await orca(['rm', 'web', '--yes'])).stdout, 'removing web\n');
    assert.equal((await test.state.services.get('shop', 'web'))?.value.removing, true);
  });

  it('shows the log of a task', async (t) => {
    await deployed(await shop(t));
    test.engine.write('web-1-a', { at: Date.UTC(2026, 0, 31, 12), stream: 'stdout', text: 'listening on 8080' });
    const { code, stdout, stderr } = await orca(['logs', 'web', '--tail', '5']);
    assert.deepEqual([code, stdout], [0, 'web-1-a │ listening on 8080\n'], stderr);
  });

  it('a deployment that is rolled back: exit code 5, with the reason and the last lines', async (t) => {
    const cwd = await shop(t);
    await deployed(cwd);
    await writeFile(join(cwd, 'orca.yml'), manifest('acme/web:2'));
    const run = orca(['deploy'], { cwd });
    await until(async () => (await test.state.deployments.get(2)) !== undefined);
    const failure = {
      reason: 'web.1 exited with code 3',
      task: 'web-1-b',
      slot: 1,
      node: 'local',
      exitCode: 3,
      log: ['boom'],
      failedRequests: 0,
      at: 7,
    };
    await end(test, 2, 'rolled-back', { failure });
    const { code, stderr } = await run;
    assert.equal(code, 5);
    assert.match(
      stderr,
      /^✗ web failed: revision 2 was rolled back\n {2}web\.1 on local: exited with code 3\n {2}its last log line:\n {4}│ boom\n {2}revision 1 \(acme\/web:1\) serves now, 1 task ready\n {2}next: orca logs web -p shop --task web-1-b$/m,
    );
  });

  it('roles and names: exit codes 9 and 1', async (t) => {
    const cwd = await shop(t);
    assert.equal((await orca(['deploy'], { cwd, as: 'viewer' })).code, 9);
    const unknown = await orca(['scale', 'nothing=2']);
    assert.deepEqual([unknown.code, unknown.stderr.split('\n')[0]], [1, 'error: service not found: nothing']);
    assert.match((await orca(['version'])).stdout, /^server {2}1\.2\.3 /m);
  });

  it('adds a webhook: the secret alone on stdout, what to paste on stderr; then lists, logs, redelivers, removes', async (t) => {
    await deployed(await shop(t));
    const asAdmin = { as: 'admin' } as const;
    const added = await orca(['webhooks', 'add', 'https://github.com/acme/shop.git', 'web'], asAdmin);
    assert.equal(added.code, 0, added.stderr);
    const secret = added.stdout.trim();
    assert.match(secret, /^whsec_\S{44}$/);
    assert.match(added.stderr, /push to main of acme\/shop .* deploys web of shop/);
    assert.match(added.stderr, /https:\/\/YOUR-SERVER\/api\/v1\/webhooks\/github/);
    assert.ok(!added.stderr.includes(secret));
    assert.match((await orca(['webhooks', 'ls'])).stdout, /acme\/shop +main +web +shop +never/);

    await send(test, { secret, delivery: 'd-1' });
    const log = await orca(['webhooks', 'log']);
    assert.match(log.stdout, /^d-1 .* github +push +a{12} +unchanged +web is unchanged$/m);
    const [, id = ''] = /^([a-z2-7]{10}) /m.exec((await orca(['webhooks', 'ls'])).stdout) ?? [];
    assert.match((await orca(['webhooks', 'redeliver', id])).stdout, /^d-1 is queued/);
    const refused = await orca(['webhooks', 'rm', id], asAdmin);
    assert.equal(refused.code, 1, 'there is no terminal to ask on');
    assert.match((await orca(['webhooks', 'rm', id, '--yes'], asAdmin)).stdout, /removed the webhook of acme\/shop/);
    const gone = await orca(['webhooks', 'log', id]);
    assert.deepEqual([gone.code, /webhook not found/.test(gone.stderr)], [1, true]);
  });

  it('takes a secret from standard input, and wrong words by their name', async (t) => {
    await deployed(await shop(t));
    const add = ['webhooks', 'add', 'acme/shop', 'web', '--secret-stdin', '--json'];
    const given = { api: `http://127.0.0.1:${test.port}`, token: test.tokens.admin };
    const added = await runCli(add, { ...given, stdin: 'a-secret-of-my-own\n' });
    assert.equal(added.code, 0, added.stderr);
    assert.equal('secret' in JSON.parse(added.stdout), false);
    assert.equal((await send(test, { secret: 'a-secret-of-my-own' })).status, 200);
    assert.match((await runCli(add, given)).stderr, /standard input holds no secret/);
    const wrong: readonly [string[], RegExp][] = [
      [['webhooks', 'show'], /"show" is not something/],
      [['webhooks', 'add', 'acme/shop'], /which services/],
      [['webhooks', 'ls', '--branch', 'x'], /--branch does nothing/],
      [['webhooks', 'rm'], /which webhook/],
    ];
    for (const [args, message] of wrong) {
      const { code, stderr } = await orca(args);
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, message);
    }
  });
});

describe('orca token', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
  });
  afterEach(() => test.close());

  const orca = (...args: string[]): Promise<CliResult> =>
    runCli(args, { api: `http://127.0.0.1:${test.port}`, token: test.tokens.admin });

  it('makes a token, which stands alone on standard output, works, and is listed with its last use', async () => {
    test.now = Date.now();
    const made = await orca(
      'token',
      'create',
      'ci',
      '--role',
      'deployer',
      '-p',
      'shop',
      '-p',
      'blog',
      '--expires',
      '30d',
    );
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^orca_[\w-]{43}\n$/);
    assert.match(made.stderr, /ci: deployer for shop and blog; it expires .*only now/);
    const used = await test.ask('GET', '/v1/auth/whoami', { authorization: `Bearer ${made.stdout.trim()}` });
    assert.deepEqual(used.body.projects, ['shop', 'blog']);
    const { stdout } = await orca('token', 'ls');
    assert.match(stdout, /^NAME +ROLE +PROJECTS +LAST USED +FROM/);
    assert.match(stdout, /^ci +deployer +shop,blog +\d+s ago +127\.0\.0\.1 .*admin +[0-9a-f]{16}$/m);
    assert.match(stdout, /^viewer +viewer +all +never /m);
    const json = JSON.parse((await orca('token', 'ls', '--json')).stdout);
    assert.equal(json.tokens.length, 6, 'the one that expired long ago made room');
  });

  it('rotates and removes by name, and says which there are where there is none', async () => {
    const first = (await orca('token', 'create', 'ci', '--role', 'viewer')).stdout.trim();
    const second = (await orca('token', 'rotate', 'ci')).stdout.trim();
    const status = async (token: string) =>
      (await test.ask('GET', '/api/v1/status', { authorization: `Bearer ${token}` })).status;
    assert.deepEqual([await status(first), await status(second)], [401, 200]);
    assert.deepEqual(await orca('token', 'rm', 'ci'), { code: 0, stdout: 'removed token ci\n', stderr: '' });
    assert.equal(await status(second), 401);
    const unknown = await orca('token', 'rm', 'ci');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /token not found: ci[\s\S]*there are: admin, /);
  });

  it('keeps the last admin token unless it is told to remove it', async () => {
    const refused = await orca('token', 'rm', 'admin');
    assert.equal(refused.code, 8);
    assert.match(refused.stderr, /last admin token[\s\S]*--last/);
    assert.equal((await orca('token', 'rm', 'admin', '--last')).code, 0);
  });

  it('says what is wrong with its words', async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['make'], /create, ls, rotate, rm/],
      [['create', 'ci'], /add --role: viewer, deployer, admin/],
      [['create', 'ci', '--role', 'root'], /Allowed choices are viewer, deployer, admin/],
      [['create', 'ci', '--role', 'viewer', '--expires', 'soon'], /12h or 30d/],
      [['rm'], /which token/],
      [['ls', 'ci'], /takes no name/],
      [['rm', 'ci', '--role', 'viewer'], /--role does nothing for/],
    ];
    for (const [args, why] of wrong) {
      const { code, stderr } = await orca('token', ...args);
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, why);
    }
  });
});

describe('orca audit', () => {
  it('shows who changed what and who was refused, a line each', async (t) => {
    const test = await openApi();
    t.after(() => test.close());
    test.now = Date.UTC(2026, 10, 30);
    const orca = (...args: string[]) =>
      runCli(['audit', ...args], { api: `http://127.0.0.1:${test.port}`, token: test.tokens.admin });
    assert.match((await orca()).stderr, /nothing was changed or refused/);
    await test.ask('POST', '/api/v1/services/web/scale?project=shop', { as: 'deployer', body: { replicas: 2 } });
    await test.ask('POST', '/api/v1/stop', { as: 'viewer', body: {} });
    const { code, stdout } = await orca();
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^2026-11-30T\S+ deployer 127\.0\.0\.1 POST \/api\/v1\/services\/web\/scale \{"project":"shop","replicas":2\}: failed 404 not_found\n\S+ viewer 127\.0\.0\.1 POST \/api\/v1\/stop: refused 403 forbidden\n$/,
    );
    const [only] = (await orca('--json', '--only', 'refusals')).stdout.trim().split('\n');
    assert.equal(JSON.parse(only ?? '').actor, 'viewer');
    assert.match((await orca('-n', '1')).stdout, /^\S+ viewer .*\n$/);
    assert.equal((await orca('--since', 'soon')).code, 1);
  });
});
