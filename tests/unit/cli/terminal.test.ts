import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import * as deployContract from '../../../src/contract/deploy.ts';
import * as planContract from '../../../src/contract/plan.ts';
import * as serviceContract from '../../../src/contract/services.ts';
import * as statusContract from '../../../src/contract/status.ts';
import { progress, type Script, scriptedServer } from '../client/scripted-server.ts';
import { cliEntry, folder, surroundings } from './run-cli.ts';
import { deployed, MANIFEST, plan, planned, result, service, status, task } from './samples.ts';

const LIMIT = 60_000;
const CTRL_D = '\u0004';

/** Runs the CLI on a terminal of its own (util-linux `script`), types the answer when it is asked, and gives what was on the screen. */
async function onTerminal(
  { api, cwd, answer }: { readonly api: string; readonly cwd: string; readonly answer?: string },
  ...args: string[]
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const command = ['stty cols 100 rows 30;', `'${process.execPath}'`, `'${await cliEntry()}'`, ...args].join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd,
    env: { ...surroundings({ api }), TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  let screen = '';
  let answered = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    if (answered || answer === undefined || !screen.includes('[y/N]')) return;
    answered = true;
    child.stdin.write(answer === CTRL_D ? answer : `${answer}\n`);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, screen: screen.replaceAll('\r\n', '\n') };
}

const at = Date.UTC(2026, 0, 31, 12, 0, 5);
const of = { at, project: 'shop', service: 'web', deployment: 12 };

const deploying: Script = [
  deployContract.deploy,
  () => ({
    pieces: [
      progress({ type: 'service', ...of, action: 'replace', reason: 'the image changed', warnings: [] }),
      progress({
        type: 'task',
        ...of,
        task: task({ state: 'starting', health: 'waiting', routed: false, reason: 'pulling' }),
      }),
      progress({ type: 'task', ...of, task: task() }),
      progress({ type: 'result', ...result([deployed()]) }),
    ],
    type: 'application/x-ndjson',
  }),
];

async function prepared(t: TestContext, ...scripts: Script[]) {
  const cwd = await folder(t);
  await writeFile(join(cwd, 'orca.yml'), MANIFEST);
  const server = await scriptedServer([[statusContract.status, () => ({ json: status([service()]) })], ...scripts]);
  t.after(() => server.close());
  return { server, api: server.api, cwd };
}

const step = {
  id: 'a',
  kind: 'stop',
  service: 'web',
  project: 'shop',
  slot: 1,
  reason: 'a host port',
  downtime_ms: 3000,
};
const withDowntime: Script = [
  planContract.plan,
  () => ({ json: plan([planned({ downtime_ms: 3000 })], { steps: [step] }) }),
];
const withoutDowntime: Script = [planContract.plan, () => ({ json: plan([planned()]) })];

describe('orca on a terminal', () => {
  it('draws a line a task in place, in color, and leaves the last state on the screen', async (t) => {
    const { server, ...where } = await prepared(t, deploying, withoutDowntime);
    const { code, screen } = await onTerminal(where, 'deploy');
    assert.equal(code, 0);
    const drawnAgain = '\u001b[1A\u001b[J  web.1 \u001b[2mr4\u001b[22m \u001b[32mrunning\u001b[39m\n';
    assert.ok(screen.includes(drawnAgain), JSON.stringify(screen));
    assert.match(screen, /http:\/\/shop\.example\.com:8080\/\n$/);
    assert.deepEqual(server.violations, []);
  });

  it('deploy asks where something is away meanwhile; a no changes nothing', async (t) => {
    const { server, ...where } = await prepared(t, deploying, withDowntime);
    const no = await onTerminal({ ...where, answer: 'n' }, 'deploy', '--no-color');
    assert.match(
      no.screen,
      /^downtime: stop-first: web\.1 is away for about 3 s\ndeploy\? \(ORCA_API: http:\/\/127\.0\.0\.1:\d+\) \[y\/N\]/,
    );
    assert.match(no.screen, /nothing was changed\n$/);
    assert.deepEqual([no.code, server.requests.includes('POST /api/v1/deploy')], [1, false]);
    const yes = await onTerminal({ ...where, answer: 'y' }, 'deploy');
    assert.deepEqual([yes.code, server.requests.includes('POST /api/v1/deploy')], [0, true]);
  });

  it('--yes does not ask, nor plan', async (t) => {
    const { server, ...where } = await prepared(t, deploying, withDowntime);
    const { code, screen } = await onTerminal(where, 'deploy', '--yes');
    assert.deepEqual(
      [code, screen.includes('[y/N]'), server.requests.includes('POST /api/v1/plan')],
      [0, false, false],
    );
  });

  it('rm asks, naming the server', async (t) => {
    const removing: Script = [
      serviceContract.removeService,
      () => ({ json: { ok: 'rm', stopped: ['web'], removed: ['web'] } }),
    ];
    const { server, ...where } = await prepared(t, removing);
    const { code, screen } = await onTerminal({ ...where, answer: 'yes' }, 'rm', 'web');
    assert.match(screen, /^remove web\? \(volumes stay\) \(ORCA_API: http:\/\/127\.0\.0\.1:\d+\) \[y\/N\] /);
    assert.match(screen, /removing web\n$/);
    assert.equal(code, 0);
    assert.deepEqual(server.violations, []);
  });

  it('a no, or the end of the input, changes nothing and says so', async (t) => {
    const { server, ...where } = await prepared(t, withDowntime);
    for (const answer of ['n', '', CTRL_D]) {
      for (const args of [['rm', 'web'], ['stop', '-p', 'shop'], ['deploy']]) {
        const { code, screen } = await onTerminal({ ...where, answer }, ...args);
        assert.equal(code, 1, screen);
        assert.match(screen, /\[y\/N\] [^\n]*\nnothing was changed\n$/);
      }
    }
    assert.ok(!server.requests.some((line) => line.startsWith('DELETE') || line === 'POST /api/v1/deploy'));
    assert.deepEqual(server.violations, []);
  });

  it('status fits the width there is', async (t) => {
    const wide = service({ image: `registry.example.com/${'long/'.repeat(30)}web:1`, domains: ['shop.example.com'] });
    const server = await scriptedServer([[statusContract.status, () => ({ json: status([wide]) })]]);
    t.after(() => server.close());
    const { screen } = await onTerminal({ api: server.api, cwd: '/' }, 'status', '--no-color');
    const lines = screen.trimEnd().split('\n');
    assert.deepEqual(
      [lines.length, lines.every((line) => line.length <= 100), lines[1]?.includes('…')],
      [2, true, true],
    );
  });
});
