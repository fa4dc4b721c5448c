import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import * as deployContract from '../../../src/contract/deploy.ts';
import * as planContract from '../../../src/contract/plan.ts';
import * as statusContract from '../../../src/contract/status.ts';
import { DEPLOYMENT_STATES } from '../../../src/core/model/deployment.ts';
import { type ScriptedAnswer, scriptedServer } from '../client/scripted-server.ts';
import { folder, runCli } from './run-cli.ts';
import { MANIFEST, service, status } from './samples.ts';

async function failing(t: TestContext, code: number, json: unknown): Promise<string> {
  const server = await scriptedServer([[statusContract.status, () => ({ status: code, json })]]);
  t.after(() => server.close());
  return server.api;
}

describe('orca, when it cannot', { concurrency: 2 }, () => {
  it('says who does not answer, and what to look at', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(await runCli(['ps'], { api: `http://127.0.0.1:${port}` }), {
      code: 1,
      stdout: '',
      stderr: `error: the server does not answer at http://127.0.0.1:${port}\nhint: is \`orca server\` running?\n`,
    });
    const { code, stdout, stderr } = await runCli(['version'], { api: `http://127.0.0.1:${port}` });
    assert.equal(code, 0);
    assert.match(stdout, /^client {2}\d+\.\d+\.\d+\n$/);
    assert.equal(stderr, `server: the server does not answer at http://127.0.0.1:${port}\n`);
  });

  it('exits with 9 without a credential, and shows what the server says of it', async (t) => {
    const api = await failing(t, 200, status([]));
    assert.deepEqual(await runCli(['status'], { api, token: 'wrong' }), {
      code: 9,
      stdout: '',
      stderr: 'error: no valid token\nhint: set ORCA_TOKEN\n',
    });
  });

  it('has an exit code for each refusal, and says it as JSON where that is asked for', async (t) => {
    const cases = [
      [403, 'forbidden', 9],
      [404, 'not_found', 1],
      [409, 'conflict', 8],
      [429, 'too_many', 9],
      [422, 'unplaceable', 4],
      [503, 'unavailable', 1],
      [504, 'timeout', 7],
    ] as const;
    for (const [answer, code, exit] of cases) {
      const api = await failing(t, answer, { error: `no: ${code}`, code, hint: 'do this' });
      const ran = await runCli(['status', '--json'], { api });
      assert.deepEqual([ran.code, ran.stdout], [exit, '']);
      assert.deepEqual(JSON.parse(ran.stderr), {
        error: `no: ${code}`,
        code,
        hint: 'do this',
        details: { status: answer },
      });
    }
  });

  it('lists what a server finds wrong in a body', async (t) => {
    const api = await failing(t, 422, {
      error: 'not valid',
      code: 'invalid',
      details: { issues: [{ path: 'services.0.image', message: 'is missing' }] },
    });
    const stderr = 'services.0.image: is missing\nerror: not valid\n';
    assert.deepEqual(await runCli(['status'], { api }), { code: 1, stdout: '', stderr });
  });

  it('tells what is wrong once where it is all there is', async (t) => {
    const issues = [{ path: 'project', message: 'expected a name' }];
    const api = await failing(t, 422, {
      error: 'query.project: expected a name',
      code: 'invalid',
      details: { issues },
    });
    assert.equal((await runCli(['status'], { api })).stderr, 'error: query.project: expected a name\n');
  });

  it('says "the manifest is not valid" (3) only where there is a manifest', async (t) => {
    const cwd = await folder(t);
    await writeFile(join(cwd, 'orca.yml'), MANIFEST);
    const refusing = (code: string, answer: number): ScriptedAnswer => ({
      status: answer,
      json: { error: `no: ${code}`, code },
    });
    for (const [code, answer] of [
      ['invalid', 422],
      ['too_large', 413],
    ] as const) {
      const server = await scriptedServer([
        [statusContract.status, () => refusing(code, answer)],
        [planContract.plan, () => refusing(code, answer)],
        [deployContract.deploy, () => refusing(code, answer)],
      ]);
      t.after(() => server.close());
      const exit = async (verb: string) => (await runCli([verb], { api: server.api, cwd })).code;
      assert.deepEqual([await exit('plan'), await exit('deploy'), await exit('status')], [3, 3, 1], code);
    }
    assert.equal((await runCli(['deploy'], { api: 'ssh://master', cwd })).code, 1);
    assert.equal((await runCli(['ps'], { api: 'ssh://master' })).code, 1);
  });

  it('refuses what the API would not take, as wrong usage, without asking it', async () => {
    const option = (flags: string, value: string, expected: string, verb: string) =>
      `error: option "${flags}" argument "${value}" is invalid. ${expected}\nhint: see \`orca ${verb} --help\`\n`;
    const ago = 'expected how long ago, such as 10m, or a time such as 2026-01-31T12:00:00Z';
    const states = DEPLOYMENT_STATES.join(', ');
    const [limit, tail, from] = ['-n, --limit <count>', '-n, --tail <lines>', '--since <when>'];
    const cases: readonly [readonly string[], string][] = [
      [['scale', 'web=1001'], 'error: cannot scale by "web=1001"\nhint: a service has at most 1000 replicas\n'],
      [
        ['deployments', '--state', 'bogus'],
        option('--state <state>', 'bogus', `Allowed choices are ${states}.`, 'deployments'),
      ],
      [['deployments', '-n', '501'], option(limit, '501', 'expected a number from 1 to 500', 'deployments')],
      [['deployments', '-n', '0'], option(limit, '0', 'expected a number from 1 to 500', 'deployments')],
      [['logs', 'web', '-n', '100001'], option(tail, '100001', 'expected a number from 0 to 100000', 'logs')],
      [['logs', 'web', '--since', 'yesterday'], option(from, 'yesterday', ago, 'logs')],
      [['logs', 'web', '--since', '2026-13-01'], option(from, '2026-13-01', ago, 'logs')],
    ];
    for (const [args, stderr] of cases)
      assert.deepEqual(await runCli(args), { code: 1, stdout: '', stderr }, args.join(' '));
  });

  it('tells a bug of the server as one, and where it is told of', async (t) => {
    const api = await failing(t, 500, { error: 'internal error', code: 'internal', request_id: 'a1b2-3' });
    assert.deepEqual(await runCli(['status'], { api }), {
      code: 1,
      stdout: '',
      stderr:
        'error: the server failed: internal error\nhint: this is a bug: the cause is in the log of the server, under the request a1b2-3\n',
    });
  });

  it('refuses wrong usage with what was meant; exit code 1', async () => {
    const cases: readonly [readonly string[], string][] = [
      [['deplyo'], 'error: unknown command "deplyo"\nhint: did you mean deploy?\n'],
      [['ps', '--jsno'], 'error: unknown option "--jsno"\nhint: did you mean --json?\n'],
      [['logs'], 'error: missing required argument "service"\nhint: see `orca logs --help`\n'],
      [
        ['start', 'web', '--project'],
        'error: option "-p, --project <name>" argument missing\nhint: see `orca start --help`\n',
      ],
      [
        ['logs', 'web', '-n', 'many'],
        'error: option "-n, --tail <lines>" argument "many" is invalid. expected a whole number\nhint: see `orca logs --help`\n',
      ],
      [['server'], 'error: server is run by the orca launcher, not by this program\nhint: type `orca server`\n'],
    ];
    for (const [args, stderr] of cases)
      assert.deepEqual(await runCli(args), { code: 1, stdout: '', stderr }, args.join(' '));
    const json = await runCli(['ps', '--json', '--jsno']);
    assert.deepEqual(JSON.parse(json.stderr), {
      error: 'unknown option "--jsno"',
      code: 'malformed',
      hint: 'did you mean --json?',
    });
  });

  it('helps without a server: of the whole, of a verb, its version', async () => {
    const whole = await runCli(['--help']);
    assert.deepEqual([whole.code, whole.stderr], [0, '']);
    for (const verb of ['deploy', 'status', 'server', 'ingress', 'agent', 'join', 'version'])
      assert.match(whole.stdout, new RegExp(`^ {2}${verb} {2}`, 'm'));
    assert.deepEqual(await runCli([]), whole);
    const verb = await runCli(['help', 'logs']);
    assert.match(verb.stdout, /^Usage: orca logs \[options\] <service>$/m);
    assert.match(verb.stdout, /^Examples:\n {2}orca logs web -f/m);
    assert.deepEqual(await runCli(['logs', '--help']), verb);
    assert.match((await runCli(['-V'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('colors only where it is wanted: a terminal, or FORCE_COLOR; NO_COLOR and --no-color win', async (t) => {
    const api = await failing(t, 200, status([service()]));
    const isColored = async (args: readonly string[], env = {}) =>
      (await runCli(['status', ...args], { api, env })).stdout.includes('\u001b[');
    assert.equal(await isColored([]), false);
    assert.equal(await isColored([], { FORCE_COLOR: '1' }), true);
    assert.equal(await isColored(['--no-color'], { FORCE_COLOR: '1' }), false);
    assert.equal(await isColored([], { FORCE_COLOR: '1', NO_COLOR: '1' }), false);
    assert.equal(await isColored(['--json'], { FORCE_COLOR: '1' }), false);
  });
});
