import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { planLines } from '../../../cli/output/plan.ts';
import { createStyle } from '../../../cli/output/style.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import * as planContract from '../../../src/contract/plan.ts';
import { scriptedServer } from '../client/scripted-server.ts';
import { folder, runCli } from './run-cli.ts';
import { MANIFEST, plan, planned } from './samples.ts';

const show = (answer: Plan): string => planLines(answer, 'orca deploy', createStyle(false)).join('\n');

describe('a plan for people', () => {
  it('shows what changes in each service, where, how, and the command that applies it', () => {
    const answer = plan(
      [
        planned({
          name: 'api',
          action: 'create',
          reason: 'it is new',
          diff: [{ path: 'image', from: undefined, to: 'acme/api:1' }],
          refused: [
            { node: 'web2', why: 'it is drained' },
            { node: 'web3', why: 'it is drained' },
          ],
        }),
        planned({
          diff: [
            { path: 'image', from: 'acme/web:1', to: 'acme/web:2' },
            { path: 'env.LOG_LEVEL', from: 'debug', to: null },
            { path: 'replicas', from: 1, to: 2 },
          ],
          placement: [
            { slot: 1, node: 'local', why: 'the only node' },
            { slot: 2, node: 'local', why: '' },
          ],
        }),
        planned({
          name: 'worker',
          action: 'update',
          reason: 'no key of the container changed',
          placement: [],
          diff: [{ path: 'drain_timeout', from: '30s', to: '10s' }],
        }),
        planned({ name: 'db', action: 'none', reason: '', placement: [] }),
      ],
      {
        pull: [
          { image: 'acme/web:2', bytes: 14_700_000 },
          { image: 'acme/api:1', bytes: null },
        ],
        warnings: ['web: the registry did not answer'],
        kept: [{ project: 'shop', name: 'old' }],
      },
    );
    assert.equal(
      show(answer),
      `shop
  + api new: it is new
      image  acme/api:1
      api.1 on local: the only node
      not on web2 and web3: it is drained
  ± web replaced: the image changed
      image          acme/web:1 -> acme/web:2
      env.LOG_LEVEL  debug -> (removed)
      replicas       1 -> 2
      web.1 on local: the only node
      web.2 on local
      rolling, start-first: each task goes when its successor serves
  ~ worker updated, no container is touched: no key of the container changed
      drain_timeout  30s -> 10s
  = db unchanged
  = old is not in the file and stays (--prune removes it)

pull acme/web:2 (14 MiB)
pull acme/api:1
warning: web: the registry did not answer
plan: 1 to create, 1 to replace, 1 to update, 1 unchanged; no downtime
apply it with: orca deploy`,
    );
  });

  it('shows what comes before the first task of a service: others, and its release command', () => {
    const step = (kind: string, service: string, reason: string) => ({
      id: `shop/${service}/${kind}`,
      kind,
      service,
      project: 'shop',
      slot: null,
      reason,
      downtime_ms: 0,
    });
    const steps = [
      step('begin', 'web', 'waits for db to be healthy'),
      step('release', 'web', 'the release command runs before any task of revision 3'),
      step('succeed', 'web', 'the new set serves'),
      step('begin', 'api', 'waits for web to be healthy'),
    ];
    const firsts = show(plan([planned({ name: 'web' })], { steps })).match(/^ {6}first: .*$/gm);
    assert.deepEqual(firsts, [
      '      first: waits for db to be healthy',
      '      first: the release command runs before any task of revision 3',
    ]);
  });

  it('says of blue-green what it needs of memory beside the set that serves, and where nobody knows', () => {
    const set = { tasks: 3, memory_bytes: 3 * 268_435_456, keep_ms: 600_000 };
    const of = (changes: Partial<typeof set> | { memory_bytes: null }) =>
      show(plan([planned({ strategy: 'blue-green', second_set: { ...set, ...changes } })]));
    assert.match(of({}), /one switch once all of it is ready; the old one is kept for 10m$/m);
    assert.match(of({}), /^ {6}memory for 3 more tasks: 768Mi, 256Mi each$/m);
    assert.match(of({ memory_bytes: null }), /memory for 3 more tasks: unknown: say it in `resources.memory`/);
    assert.match(of({ tasks: 0, memory_bytes: 0 }), /nothing is started: the tasks that were kept are switched to/);
    assert.match(of({ keep_ms: 0 }), /the old one is not kept$/m);
  });

  it('tells downtime in words, with the slots that go away', () => {
    const step = {
      kind: 'stop',
      service: 'web',
      project: 'shop',
      reason: 'a host port cannot be held twice',
      downtime_ms: 3000,
    };
    const one = plan([planned({ downtime_ms: 3000 })], {
      steps: [
        { ...step, id: 'a', slot: 1 },
        { ...step, id: 'b', slot: 2, downtime_ms: 0 },
      ],
    });
    assert.match(show(one), /^ {6}stop-first: web\.1 is away for about 3 s$/m);
    assert.match(show(one), /1 to replace; 1 service with downtime$/m);
    const two = plan([planned({ downtime_ms: 400 })], {
      steps: [
        { ...step, id: 'b', slot: 2 },
        { ...step, id: 'a', slot: 1 },
      ],
    });
    assert.match(show(two), /stop-first: web\.1 and web\.2 are away, one after the other, each for about a second$/m);
  });

  it('names what would be refused, and offers nothing to apply where nothing changes', () => {
    const answer = plan([planned({ action: 'none' })], {
      errors: [
        { name: 'api', project: 'shop', code: 'conflict', error: 'the domain is taken', hint: 'choose another' },
      ],
    });
    assert.match(
      show(answer),
      /^✗ api would be refused: the domain is taken\n {2}hint: choose another\nplan: 1 unchanged, 1 refused; no downtime$/m,
    );
    assert.ok(!show(answer).includes('apply it with'));
  });
});

async function orcaPlan(t: TestContext, answer: Plan, ...args: string[]) {
  const cwd = await folder(t);
  await writeFile(join(cwd, 'orca.yaml'), MANIFEST);
  const server = await scriptedServer([[planContract.plan, () => ({ json: answer })]]);
  t.after(() => server.close());
  const ran = await runCli(['plan', ...args], { api: server.api, cwd });
  assert.deepEqual(server.violations, []);
  return ran;
}

describe('orca plan', { concurrency: 2 }, () => {
  it('exits with 0, and with 2 when changes are told by exit code', async (t) => {
    assert.equal((await orcaPlan(t, plan([planned()]))).code, 0);
    assert.equal((await orcaPlan(t, plan([planned()]), '--exit-code')).code, 2);
    assert.equal((await orcaPlan(t, plan([planned({ action: 'none' })]), '--exit-code')).code, 0);
  });

  it('exits as deploy would where a service would be refused', async (t) => {
    const errors = [{ name: 'web', project: 'shop', code: 'unplaceable', error: 'no node', hint: null }];
    assert.equal((await orcaPlan(t, plan([], { errors }), '--exit-code')).code, 4);
    const graver = { name: 'api', project: 'shop', code: 'conflict', error: 'taken', hint: null };
    assert.equal((await orcaPlan(t, plan([], { errors: [...errors, graver] }))).code, 8);
  });

  it('names the very command that applies it, and is one line of JSON for programs', async (t) => {
    const { stdout } = await orcaPlan(t, plan([planned()]), '-f', 'orca.yaml', '-p', 'shop');
    assert.match(stdout, /^apply it with: orca deploy -f orca\.yaml -p shop$/m);
    const json = await orcaPlan(t, plan([planned()]), '--json');
    assert.deepEqual([JSON.parse(json.stdout).hash, json.stdout.split('\n').length], ['sha256:0123', 2]);
  });
});

describe('orca validate', { concurrency: 2 }, () => {
  it('tells every error of a file with its place; exit code 3', async (t) => {
    const cwd = await folder(t);
    await writeFile(
      join(cwd, 'bad.yml'),
      'project: shop\nservices:\n  web:\n    image: acme/web:1\n    replcas: 2\n    port: 0\n',
    );
    const { code, stdout, stderr } = await runCli(['validate', 'bad.yml'], { cwd });
    assert.deepEqual([code, stdout], [3, '']);
    assert.match(
      stderr,
      /^bad\.yml:5:5: services\.web\.replcas: .*\n(.*\n)?bad\.yml:6:11: services\.web\.port: .*\n(.*\n)?error: bad\.yml has 2 errors\n$/,
    );
    const json = JSON.parse((await runCli(['validate', 'bad.yml', '--json'], { cwd })).stderr);
    assert.deepEqual([json.code, json.details.issues.length, json.details.issues[0].line], ['invalid', 2, 5]);
  });

  it('counts all errors, and tells the first hundred', async (t) => {
    const cwd = await folder(t);
    const services = Array.from({ length: 120 }, (_, index) => `  s${index}: {image: a, nope: 1}`);
    await writeFile(join(cwd, 'many.yml'), `project: shop\nservices:\n${services.join('\n')}\n`);
    assert.match(
      (await runCli(['validate', 'many.yml'], { cwd })).stderr,
      /^error: many\.yml has 120 errors, of which these are the first 100$/m,
    );
  });

  it('says what a good file has', async (t) => {
    const cwd = await folder(t);
    await writeFile(join(cwd, 'orca.yml'), MANIFEST);
    assert.deepEqual(await runCli(['validate'], { cwd }), {
      code: 0,
      stdout: 'orca.yml is valid: 1 service in project shop\n',
      stderr: '',
    });
  });

  it('prints the schema for editors', async () => {
    const { code, stdout } = await runCli(['validate', '--schema']);
    assert.deepEqual([code, JSON.parse(stdout).type], [0, 'object']);
  });

  it('says why a file cannot be read: missing, a directory, no permission', async (t) => {
    const cwd = await folder(t);
    const missing = await runCli(['deploy'], { cwd });
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^error: cannot read orca\.yml: no such file\nhint: /);
    await writeFile(join(cwd, 'web.yml'), MANIFEST);
    const within = await runCli(['validate', 'web.yml/x'], { cwd });
    assert.deepEqual([within.code, within.stderr], [1, 'error: cannot read web.yml/x: no such file\n']);
    await mkdir(join(cwd, 'folder'));
    const directory = await runCli(['plan', '-f', 'folder'], { cwd });
    assert.equal(directory.code, 3);
    assert.match(directory.stderr, /^error: cannot read folder: /);
    await writeFile(join(cwd, 'secret.yml'), MANIFEST);
    await chmod(join(cwd, 'secret.yml'), 0o000);
    if (process.getuid?.() === 0) return; // root may read everything
    assert.match(
      (await runCli(['validate', 'secret.yml'], { cwd })).stderr,
      /^error: cannot read secret\.yml: permission denied/,
    );
  });
});
