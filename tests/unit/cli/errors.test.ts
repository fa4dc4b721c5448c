import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import * as statusContract from '../../../src/contract/status.ts';
import { scriptedServer } from '../client/scripted-server.ts';
import { runCli } from './run-cli.ts';
import { service, status } from './samples.ts';

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
    assert.deepEqual(await runCli(['status'], { api }), {
      code: 3,
      stdout: '',
      stderr: 'services.0.image: is missing\nerror: not valid\n',
    });
  });

  it('tells a bug of the server as one', async (t) => {
    const api = await failing(t, 500, { error: 'internal error', code: 'internal' });
    assert.deepEqual(await runCli(['status'], { api }), {
      code: 1,
      stdout: '',
      stderr: 'error: the server failed: internal error\nhint: this is a bug: the cause is in the log of the server\n',
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
    for (const verb of ['deploy', 'status', 'server', 'ingress', 'version'])
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
