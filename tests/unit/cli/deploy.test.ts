import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as deployContract from '../../../src/contract/deploy.ts';
import type { ProgressLine } from '../../../src/contract/progress.ts';
import * as serviceContract from '../../../src/contract/services.ts';
import * as statusContract from '../../../src/contract/status.ts';
import { type Script, scriptedServer } from '../client/scripted-server.ts';
import { begun, end, of, orcaDeploy, outcome, running, serving, stream } from './orca-deploy.ts';
import { folder, runCli } from './run-cli.ts';
import { deployed, failure, MANIFEST, result, service, status } from './samples.ts';

describe('orca deploy', { concurrency: 2 }, () => {
  it('sends the services of the file, tells the progress on stderr and the outcome on stdout', async (t) => {
    let sent: unknown;
    const server: Script = [
      deployContract.deploy,
      ({ body }) => {
        sent = body;
        return stream(begun, running, serving, running, end([deployed()]));
      },
    ];
    const cwd = await folder(t);
    await writeFile(join(cwd, 'orca.yml'), MANIFEST);
    const scripted = await scriptedServer([server, [statusContract.status, () => ({ json: status([service()]) })]]);
    t.after(() => scripted.close());
    assert.deepEqual(await runCli(['deploy'], { api: scripted.api, cwd }), {
      code: 0,
      stdout: `SERVICE  STATE      REVISION  REPLICAS  URL
web      succeeded         4       1/1  http://shop.example.com:8080/
`,
      stderr: `12:00:05 web is replaced, deployment 12: the image changed
12:00:05 web running: waits for web.1
12:00:05 web.1 r4 running
`,
    });
    assert.deepEqual(sent, {
      services: [
        { name: 'web', project: 'shop', image: 'acme/web:1.4', replicas: 1, port: 8080, domain: 'shop.example.com' },
      ],
    });
    assert.deepEqual(scripted.violations, []);
  });

  it('says that an unchanged service is unchanged', async (t) => {
    const line: ProgressLine = {
      type: 'service',
      ...of,
      action: 'none',
      deployment: null,
      reason: 'nothing to do',
      warnings: [],
    };
    const services = [deployed({ action: 'none', state: 'unchanged', deployment: null })];
    const { code, stdout, stderr } = await orcaDeploy(t, {
      answer: stream(line, end(services)),
      services: [service()],
    });
    assert.equal(code, 0);
    assert.match(stderr, /^12:00:05 web is unchanged\n$/);
    assert.match(stdout, /web +unchanged +4 +1\/1/);
  });

  it('tells warnings, what is not in the file and stays, and what was scaled by hand', async (t) => {
    const warned: ProgressLine = { ...begun, warnings: ['web: the registry did not answer'] };
    const services = [
      service({ replicas: 5, running_replicas: 5, scaled_from: 1 }),
      service({ name: 'db' }),
      service({ name: 'x', project: 'other' }),
    ];
    const { stderr, stdout } = await orcaDeploy(t, { answer: stream(warned, end([deployed()])), services });
    assert.deepEqual(toldOf(stderr, 'registry'), ['12:00:05 warning: web: the registry did not answer']);
    assert.match(
      stderr,
      /^web keeps 5 replicas, as scaled by hand; orca\.yml says 1 \(--reset-scale goes back to it\)$/m,
    );
    assert.match(stderr, /^not in orca\.yml, and kept: db \(--prune removes\)$/m);
    assert.match(stdout, /5\/5/);
  });

  it('says nothing of the count of a service whose deploy was refused', async (t) => {
    const services = [service({ replicas: 2, scaled_from: 1 })];
    const refused = deployed({ state: 'refused', action: 'refused', code: 'conflict', reason: 'web is being removed' });
    const { code, stderr } = await orcaDeploy(t, { ...outcome(refused), services });
    assert.equal(code, 8);
    assert.doesNotMatch(stderr, /keeps 2 replicas/);
  });

  it('tells a failure in order: which task, why, its last words, what serves, what to type; exit code 5', async (t) => {
    const failed = deployed({
      state: 'rolled-back',
      revision: 5,
      failure,
      serving: { revision: 4, image: 'acme/web:1.3', ready: 2 },
    });
    const { code, stderr, stdout } = await orcaDeploy(t, outcome(failed));
    assert.equal(code, 5);
    assert.equal(
      stderr,
      `✗ web failed: revision 5 was rolled back
  web.1 on local: exited with 1 before it was ready
  its last 2 log lines:
    │ listening on 8080
    │ Error: Cannot find module 'express'
  revision 4 (acme/web:1.3) serves now, 2 tasks ready
  next: orca logs web -p shop --task shop-web-1-k3x9
`,
    );
    assert.match(stdout, /web +rolled-back +5/);
  });

  it('shows the last 20 lines of the log, and nothing in them that could move the cursor', async (t) => {
    const lines = [...Array.from({ length: 30 }, (_, index) => `line ${index + 1}`), '\u001b[2Jcleared'];
    const failed = deployed({
      state: 'failed',
      failure: { ...failure, last_log: lines, failed_requests: 3 },
      serving: null,
    });
    const { code, stderr } = await orcaDeploy(t, outcome(failed));
    assert.equal(code, 6);
    assert.ok(!stderr.includes('line 11\n') && stderr.includes('line 12\n') && stderr.includes('│ cleared\n'));
    assert.ok(!stderr.includes('\u001b'));
    assert.match(stderr, /^ {2}3 requests failed meanwhile$/m);
    assert.match(stderr, /^ {2}nothing of web serves now$/m);
  });

  it('--json is the stream itself, on stdout', async (t) => {
    const { code, stdout, stderr } = await orcaDeploy(t, {
      answer: stream(begun, serving, end([deployed()])),
      args: ['--json'],
    });
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).type),
      ['service', 'task', 'result'],
    );
    assert.deepEqual([code, stderr], [0, '']);
  });

  it('--quiet leaves the outcome', async (t) => {
    const { stdout, stderr } = await orcaDeploy(t, {
      answer: stream(begun, serving, end([deployed()])),
      args: ['-q'],
      services: [service(), service({ name: 'db' })],
    });
    assert.equal(stderr, '');
    assert.match(stdout, /web +succeeded/);
  });

  it('--detach does not wait', async (t) => {
    const { code, stdout, requests } = await orcaDeploy(t, {
      answer: { status: 202, json: result([deployed({ state: 'pending' })], 202) },
      args: ['--detach'],
    });
    assert.deepEqual([code, requests[0]], [0, 'POST /api/v1/deploy?wait=false']);
    assert.match(stdout, /^SERVICE +STATE +REVISION +DEPLOYMENT\nweb +pending +4 +12\n$/);
  });

  it('tells a warning once, as the server words it, also when it does not wait', async (t) => {
    const warnings = ['web: the registry did not answer'];
    const waited = stream({ ...begun, warnings }, end([deployed({ warnings })]));
    const { stderr } = await orcaDeploy(t, { answer: waited, services: [service()] });
    assert.deepEqual(toldOf(stderr, 'registry'), ['12:00:05 warning: web: the registry did not answer']);
    const detached = await orcaDeploy(t, {
      answer: { status: 202, json: result([deployed({ state: 'pending', warnings })], 202) },
      args: ['--detach'],
    });
    assert.deepEqual(toldOf(detached.stderr, 'registry'), ['warning: web: the registry did not answer']);
  });

  it('--prune removes what is not in the file, but not after a failure', async (t) => {
    const services = [service(), service({ name: 'db' }), service({ name: 'db', project: 'other' })];
    const more: Script[] = [
      [serviceContract.removeService, () => ({ json: { ok: 'db goes', stopped: [], removed: ['db'] } })],
    ];
    const good = await orcaDeploy(t, { ...outcome(deployed()), services, more, args: ['--prune'] });
    assert.deepEqual(
      [good.code, good.requests.filter((line) => line.startsWith('DELETE'))],
      [0, ['DELETE /api/v1/services/db?project=shop&purge=true']],
    );
    assert.match(good.stderr, /^db is removed: it is not in the file$/m);
    const json = await orcaDeploy(t, { ...outcome(deployed()), services, more, args: ['--prune', '--json'] });
    const [removed, last] = json.stdout.split('\n').map((line) => line && JSON.parse(line));
    assert.deepEqual([removed, last.type], [{ type: 'removed', service: 'db', project: 'shop' }, 'result']);
    assert.equal(json.stderr, '');
    const bad = await orcaDeploy(t, {
      ...outcome(deployed({ state: 'rolled-back' })),
      services,
      more,
      args: ['--prune'],
    });
    assert.deepEqual([bad.code, bad.requests.filter((line) => line.startsWith('DELETE'))], [5, []]);
    assert.match(bad.stderr, /^not pruned, as the deploy did not succeed: db$/m);
  });

  it('-p deploys into another project', async (t) => {
    let sent: unknown;
    const more: Script[] = [];
    const cwd = await folder(t);
    await writeFile(join(cwd, 'other.yml'), MANIFEST);
    const scripted = await scriptedServer([
      [
        deployContract.deploy,
        ({ body }) => {
          sent = body;
          return stream(end([deployed({ project: 'staging' })]));
        },
      ],
      [statusContract.status, () => ({ json: status([]) })],
      ...more,
    ]);
    t.after(() => scripted.close());
    const { code } = await runCli(['deploy', '-f', 'other.yml', '-p', 'staging'], { api: scripted.api, cwd });
    assert.equal(code, 0);
    assert.equal((sent as { services: { project: string }[] }).services[0]?.project, 'staging');
  });
});

const toldOf = (stderr: string, word: string): string[] => stderr.split('\n').filter((line) => line.includes(word));
