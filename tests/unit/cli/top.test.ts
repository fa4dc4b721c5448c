import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { TOP } from '../../../src/contract/openapi/samples.ts';
import { type TaskLoad, top } from '../../../src/contract/top.ts';
import { openTerminal } from '../../lab/terminal.ts';
import { type ScriptedServer, scriptedServer } from '../client/scripted-server.ts';
import { cliEntry, runCli, surroundings } from './run-cli.ts';

const [WEB] = TOP.tasks as [TaskLoad];
const HUNG: TaskLoad = {
  ...WEB,
  id: 'shop-web-2-m1n2',
  slot: 2,
  cpu_percent: null,
  memory_bytes: null,
  memory_limit_bytes: null,
  network_in_bytes: null,
  network_out_bytes: null,
  block_read_bytes: null,
  block_write_bytes: null,
  pids: null,
  reason: 'docker took longer than 5 s',
};
const BIG: TaskLoad = { ...WEB, id: 'shop-db-1-p4q5', service: 'db', cpu_percent: 2, memory_bytes: 200 * 1024 * 1024 };
const ALL = { ...TOP, tasks: [WEB, HUNG, BIG] };

async function server(t: TestContext, answer: () => unknown = () => ALL): Promise<ScriptedServer> {
  const scripted = await scriptedServer([[top, () => ({ json: answer() })]]);
  t.after(async () => {
    await scripted.close();
    assert.deepEqual(scripted.violations, []);
  });
  return scripted;
}

const taskColumn = (stdout: string): string[] => [...stdout.matchAll(/^(\S+\.\d) /gm)].map(([, name]) => name ?? '');

describe('orca top', { concurrency: 2 }, () => {
  it('shows the machine, what each task uses, and why nothing is known of one', async (t) => {
    const { api } = await server(t);
    const { code, stdout } = await runCli(['top'], { api });
    assert.equal(code, 0);
    assert.match(stdout, /^local: CPU 61\.2 % of 400 % \(4 CPUs\), memory 2\.5 GiB of 7\.7 GiB \(33\.0 %\)$/m);
    assert.match(
      stdout,
      /^web\.1 +shop +37\.5 +84 MiB +256 MiB +32\.8 +1\.1 MiB +9\.0 MiB +0 B +40 KiB +11 +shop-web-1-k3x9$/m,
    );
    assert.match(stdout, /^web\.2 +shop +(- +){9}shop-web-2-m1n2 +docker took longer than 5 s$/m);
    assert.deepEqual(JSON.parse((await runCli(['top', '--json'], { api })).stdout), ALL);
  });

  it('sorts by name, or by what is most, with what is not known last', async (t) => {
    const { api } = await server(t);
    const sorted = async (...args: string[]) => taskColumn((await runCli(['top', ...args], { api })).stdout);
    assert.deepEqual(await sorted(), ['db.1', 'web.1', 'web.2']);
    assert.deepEqual(await sorted('--sort', 'cpu'), ['web.1', 'db.1', 'web.2']);
    assert.deepEqual(await sorted('--sort', 'memory'), ['db.1', 'web.1', 'web.2']);
    assert.equal((await runCli(['top', '--sort', 'size'], { api })).code, 1);
  });

  it('names services and tasks as other verbs do', async (t) => {
    const { api, requests } = await server(t, () => ({ nodes: [], tasks: [] }));
    assert.equal((await runCli(['top', 'shop/web', '--task', 'web.2'], { api })).stdout, 'no tasks run\n');
    await runCli(['top', '-p', 'shop'], { api });
    assert.deepEqual(requests, ['GET /api/v1/top?service=web&project=shop&task=2', 'GET /api/v1/top?project=shop']);
  });

  it('draws the view again on a terminal, until Ctrl-C', async (t) => {
    let reads = 0;
    const { api } = await server(t, () => {
      reads += 1;
      return { ...ALL, tasks: [{ ...WEB, cpu_percent: 10 + reads }] };
    });
    const argv = [process.execPath, await cliEntry(), 'top'];
    const terminal = openTerminal(argv, surroundings({ api }), { rows: 20, cols: 160 });
    t.after(() => terminal.close());
    await terminal.shows(/web\.1.* 11\.0 [\s\S]*web\.1.* 12\.0 /);
    terminal.type('\u0003');
    assert.equal(await terminal.ended, 130);
    const once = openTerminal([...argv, '--no-stream'], surroundings({ api }), { rows: 20, cols: 160 });
    t.after(() => once.close());
    assert.equal(await once.ended, 0);
    assert.match(once.screen(), /web\.1/);
  });
});
