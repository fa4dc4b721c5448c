import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as deploymentContract from '../../../src/contract/deployments.ts';
import * as eventContract from '../../../src/contract/events.ts';
import * as logContract from '../../../src/contract/logs.ts';
import * as statusContract from '../../../src/contract/status.ts';
import * as versionContract from '../../../src/contract/version.ts';
import { type ScriptedServer, scriptedServer } from '../client/scripted-server.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { deployment, failure, service, status, task } from './samples.ts';

const SERVICES = [
  service({
    replicas: 3,
    running_replicas: 2,
    status: 'degraded',
    reason: 'web.3 is not ready',
    scaled_from: 1,
    domains: ['shop.example.com', 'www.shop.example.com'],
    last_failure: { at: Date.now() - 200_000, reason: 'web.3 exited with 1', task: 'shop-web-3-aa', exit_code: 1 },
    tasks: [
      task(),
      task({
        id: 'shop-web-2-b7q1',
        slot: 2,
        restarts: 4,
        last_restart: {
          at: Date.now() - 185_000,
          reason: 'ran out of memory (limit 64Mi)',
          exit_code: 137,
          oom_killed: true,
        },
      }),
      task({
        id: 'shop-web-3-aa',
        slot: 3,
        state: 'failed',
        health: 'none',
        routed: false,
        exit_code: 1,
        reason: 'exited with 1',
      }),
      task({ id: 'shop-web-3-bb', slot: 3, health: 'waiting', routed: false, reason: 'GET /healthz answered 503' }),
    ],
  }),
  service({
    name: 'db',
    image: 'postgres:17',
    domain: null,
    domains: [],
    revision: 1,
    tasks: [task({ id: 'shop-db-1-z0', routed: false })],
  }),
];

const DATA = {
  at: Date.UTC(2026, 0, 31, 12, 0, 5),
  project: 'shop',
  name: '12',
  service: 'web',
  from: 'running',
  to: 'succeeded',
  reason: 'it held for 5 s',
};

const LOG = [
  '2026-01-31T12:00:00.000Z shop-web-1-k3x9 GET / 200',
  '2026-01-31T12:00:01.000Z shop-web-2-b7q1   indented \u001b[32mgreen\u001b[0m',
  '2026-01-31T12:00:02.000Z shop-web-1-k3x9',
].join('\n');

const SUPERSEDED = deployment({
  id: 14,
  state: 'superseded',
  reason: 'superseded by deployment 15',
  superseded_by: 15,
  release: { state: 'failed', exit_code: 7, reason: 'exited with code 7' },
});

/** The first reading ends after an event; the one that resumes there gets another, and stays open. */
async function* eventPieces(after: unknown) {
  if (after === undefined) yield `id: 41\nevent: deployment\ndata: ${JSON.stringify(DATA)}\n\n`;
  else {
    assert.equal(after, '41');
    yield `id: 42\nevent: deployment\ndata: ${JSON.stringify({ ...DATA, reason: 'again' })}\n\n`;
    await new Promise(() => undefined);
  }
}

describe('orca, looking', () => {
  let server: ScriptedServer;
  let quiet: ScriptedServer;
  before(async () => {
    server = await scriptedServer([
      [statusContract.status, () => ({ json: status(SERVICES, ['the engine of node local cannot be read']) })],
      [logContract.logs, () => ({ raw: `${LOG}\n` })],
      [
        deploymentContract.deployments,
        () => ({
          json: {
            deployments: [
              deployment({ id: 13, state: 'rolled-back', reason: 'back to revision 4', from: 4, to: 5 }),
              deployment({ from: null, to: 1 }),
            ],
            total: 7,
          },
        }),
      ],
      [
        deploymentContract.deployment,
        ({ params }) => ({
          json:
            params['id'] === 14
              ? SUPERSEDED
              : deployment({ id: 13, state: 'rolled-back', reason: 'back to revision 4', failure, tasks: [task()] }),
        }),
      ],
      [
        eventContract.events,
        ({ headers }) => ({ pieces: eventPieces(headers['last-event-id']), type: 'text/event-stream' }),
      ],
      [versionContract.root, () => ({ json: { service: 'orca', version: '0.2.0' } })],
    ]);
    quiet = await scriptedServer([
      [statusContract.status, () => ({ json: status([]) })],
      [deploymentContract.deployments, () => ({ json: { deployments: [], total: 0 } })],
    ]);
  });
  after(async () => {
    await server.close();
    await quiet.close();
    assert.deepEqual([...server.violations, ...quiet.violations], []);
  });

  const run = (...args: string[]): Promise<CliResult> => runCli(args, { api: server.api });

  it('status shows services as a table, and below each what there is to know', async () => {
    assert.deepEqual(await run('status'), {
      code: 0,
      stdout: `SERVICE  PROJECT  STATUS    REPLICAS  REV  UP  IMAGE         DOMAIN
web      shop     degraded       2/3    4  2m  acme/web:1.4  shop.example.com +1
  └ degraded: web.3 is not ready
  └ scaled by hand: the file says 1
  └ last failure 3m ago: web.3 exited with 1
db       shop     running        1/1    1  2m  postgres:17
`,
      stderr: 'warning: the engine of node local cannot be read\n',
    });
  });

  it('status takes names, and refuses one that is not there', async () => {
    const one = await run('status', 'shop/db', '--quiet');
    assert.deepEqual([one.code, one.stdout.split('\n').length, one.stderr], [0, 3, '']);
    assert.deepEqual(await run('status', 'wbe', '-q'), {
      code: 1,
      stdout: '',
      stderr: 'error: service not found: wbe\nhint: there are: web, db\n',
    });
  });

  it('status of one service has its requests by revision, over the same minutes', async (t) => {
    const one = { failed: 0, p50_ms: 4.1234, p99_ms: 31.4159, share_asked: null, share: null };
    const traffic = {
      minutes: 5,
      since: Date.now() - 4 * 60_000 - 30_000,
      revisions: [
        { ...one, revision: null, requests: 2, errors: 2, error_share: 1, p50_ms: 0.1, p99_ms: 0.1 },
        { ...one, revision: 3, requests: 1204, errors: 0, error_share: 0 },
        { ...one, revision: 4, requests: 61, errors: 1, error_share: 1 / 61, p99_ms: 2345.6 },
      ],
    };
    const services = [service({ traffic }), service({ name: 'db', traffic: { ...traffic, revisions: [] } })];
    const counting = await scriptedServer([[statusContract.status, () => ({ json: status(services) })]]);
    t.after(() => counting.close());
    const lines = (await runCli(['status', 'web', 'db'], { api: counting.api })).stdout
      .split('\n')
      .map((line) => line.trim());
    assert.deepEqual(lines.slice(2), [
      'in the last 5 min:',
      'no task was ready: 2 requests, 2 errors (100 %)',
      'revision 3: 1204 requests, 0 errors (0 %), p50 4.1 ms, p99 31 ms',
      'revision 4: 61 requests, 1 error (1.6 %), p50 4.1 ms, p99 2.3 s',
      lines[6],
      'no requests in the last 5 min',
      '',
    ]);
    assert.doesNotMatch((await runCli(['status'], { api: counting.api })).stdout, /revision 3/);
  });

  it('ps shows what both revisions of a canary did, below the tasks', async (t) => {
    const one = { requests: 0, errors: 0, failed: 0, error_share: 0, p50_ms: null, p99_ms: null };
    const revisions = [
      { ...one, revision: 3, share_asked: 0.75, share: 0.75, requests: 75 },
      { ...one, revision: 4, share_asked: 0.25, share: 0.25, requests: 25 },
    ];
    const traffic = { minutes: 7, since: Date.now() - 7 * 60_000, revisions };
    const services = [service({ traffic, tasks: [task()] }), service({ name: 'db', traffic: null, tasks: [task()] })];
    const counting = await scriptedServer([[statusContract.status, () => ({ json: status(services) })]]);
    t.after(() => counting.close());
    const { stdout } = await runCli(['ps'], { api: counting.api });
    assert.match(
      stdout,
      /\n\nweb: in the last 7 min of this step:\n {2}revision 3: 75 % asked for, had 75 %: 75 requests/,
    );
    assert.doesNotMatch(stdout, /db: /);
  });

  it('status --json is the answer, on one line, and nothing else', async () => {
    const { stdout, stderr, code } = await run('status', '--json', 'db');
    const answer = statusContract.Status.parse(JSON.parse(stdout));
    assert.deepEqual([code, stdout.split('\n').length, stderr], [0, 2, '']);
    assert.deepEqual(
      answer.services.map(({ name }) => name),
      ['db'],
    );
  });

  it('ps shows tasks, without those that ended', async () => {
    assert.equal(
      (await run('ps')).stdout,
      `TASK   PROJECT  STATE     NODE   REV  UP  RESTARTS  ID               REASON
web.1  shop     running   local    4  2m         0  shop-web-1-k3x9
web.2  shop     running   local    4  2m         4  shop-web-2-b7q1  ran out of memory (limit 64Mi) 3m ago, restarted
web.3  shop     starting  local    4  2m         0  shop-web-3-bb    GET /healthz answered 503
db.1   shop     running   local    4  2m         0  shop-db-1-z0
`,
    );
    assert.match(
      (await run('ps', 'web', '--all')).stdout,
      /web\.3 +shop +failed +local +4 +- +0 +shop-web-3-aa +exited with 1/,
    );
  });

  it('logs puts the task in front of each line, and leaves what the app wrote as it is', async () => {
    const { stdout } = await run(
      'logs',
      'web',
      '--task',
      'web.2',
      '--tail',
      '5',
      '--since',
      '1h',
      '--grep',
      'x',
      '-p',
      'shop',
    );
    assert.equal(
      stdout,
      'shop-web-1-k3x9 │ GET / 200\nshop-web-2-b7q1 │   indented \u001b[32mgreen\u001b[0m\nshop-web-1-k3x9 │ \n',
    );
    assert.equal(server.requests.at(-1), 'GET /api/v1/services/web/logs?tail=5&since=1h&grep=x&task=2&project=shop');
    assert.match((await run('logs', 'web', '-t')).stdout, /^2026-01-31T12:00:00.000Z shop-web-1-k3x9 │ GET/);
    const [first = ''] = (await run('logs', 'web', '--json')).stdout.split('\n');
    assert.deepEqual(JSON.parse(first), { at: '2026-01-31T12:00:00.000Z', task: 'shop-web-1-k3x9', text: 'GET / 200' });
  });

  it('logs -f says that it ended where nobody ended it; exit code 7', async (t) => {
    for (const [then, told] of [
      ['end', /^error: the server has ended the log\nhint: it may be restarting: /],
      ['cut', /^error: the connection to \S+ was lost: /],
    ] as const) {
      const stopping = await scriptedServer([
        [logContract.logs, () => ({ pieces: [`${LOG}\n`], type: 'text/plain', then })],
      ]);
      t.after(() => stopping.close());
      const { code, stdout, stderr } = await runCli(['logs', 'web', '-f'], { api: stopping.api });
      assert.deepEqual([code, stdout.split('\n').length], [7, 4]);
      assert.match(stderr, told);
    }
  });

  it('deployments shows how they ended, and that there are more', async () => {
    assert.deepEqual(await run('deployments', 'web'), {
      code: 0,
      stdout: `ID  SERVICE  PROJECT  STATE        REVISION  AGO   TOOK  REASON
13  web      shop     rolled-back  4 -> 5     5m  8.0 s  back to revision 4
12  web      shop     succeeded    1          5m  8.0 s  it held for 5 s
`,
      stderr: '5 older ones: --limit 7\n',
    });
  });

  it('deployments names no limit that is not accepted', async (t) => {
    const many = await scriptedServer([
      [deploymentContract.deployments, () => ({ json: { deployments: [deployment()], total: 800 } })],
    ]);
    t.after(() => many.close());
    const told = async (...args: string[]) => (await runCli(['deployments', ...args], { api: many.api })).stderr;
    assert.equal(await told(), '799 older ones: --limit 500\n');
    assert.equal(await told('-n', '500'), '799 older ones\n');
  });

  it('deployments ID shows one, and why it failed', async () => {
    assert.equal(
      (await run('deployments', '13')).stdout,
      `deployment 13 of shop/web: rolled-back in 8.0 s, 5m ago
  revision 3 -> 4, rolling
  back to revision 4
  web.1 running wanted by revision 4
  web.1 on local: exited with 1 before it was ready
  its last 2 log lines:
    │ listening on 8080
    │ Error: Cannot find module 'express'
`,
    );
  });

  it('deployments ID says once what superseded it, and what became of its release command', async () => {
    assert.equal(
      (await run('deployments', '14')).stdout,
      `deployment 14 of shop/web: superseded in 8.0 s, 5m ago
  revision 3 -> 4, rolling
  superseded by deployment 15
  release command: ran and failed: exited with code 7
`,
    );
  });

  it('events shows decisions as they come, and takes the stream up again after the last one', async () => {
    const { code, stdout, stderr } = await runCli(['events', '-p', 'shop'], { api: server.api, interruptAt: 'again' });
    assert.deepEqual([code, stderr], [130, '']);
    assert.equal(
      stdout,
      '12:00:05 deployment shop/12 running -> succeeded: it held for 5 s\n12:00:05 deployment shop/12 running -> succeeded: again\n',
    );
  });

  it('events and deployments refuse the name of a service that is not there', async () => {
    const refused = (known: string) => ({
      code: 1,
      stdout: '',
      stderr: `error: service not found: nope\nhint: ${known}\n`,
    });
    assert.deepEqual(await run('events', 'nope'), refused('there are: web, db'));
    assert.deepEqual(await runCli(['deployments', 'nope'], { api: quiet.api }), refused('there are no services yet'));
    const none = await runCli(['deployments', '--state', 'failed'], { api: quiet.api });
    assert.deepEqual(none, { code: 0, stdout: '', stderr: 'no such deployments\n' });
  });

  it('events --after takes the id of an event, and refuses what is none', async () => {
    const args = ['events', 'gone', '--after', '41'];
    const { code, stdout } = await runCli(args, { api: server.api, interruptAt: 'again' });
    assert.deepEqual([code, stdout.includes('again')], [130, true]);
    assert.match(
      (await run('events', '--after', 'x')).stderr,
      /"x" is invalid\. expected the id of an event, a number$/m,
    );
  });

  it('version shows both versions, and which one is old', async () => {
    const { code, stdout, stderr } = await run('version');
    assert.equal(code, 0);
    assert.match(stdout, /^client {2}0\.1\.\d+\nserver {2}0\.2\.0 {2}http:\/\/127\.0\.0\.1:\d+\n$/);
    assert.equal(stderr, 'hint: the client is older than the server: update the client\n');
    assert.deepEqual(Object.keys(JSON.parse((await run('version', '--json')).stdout)), [
      'client',
      'server',
      'api',
      'hint',
    ]);
  });

  it('an empty answer says how to begin, on stderr', async () => {
    const look = (...args: string[]) => runCli(args, { api: quiet.api });
    assert.deepEqual(await look('status'), {
      code: 0,
      stdout: '',
      stderr: 'no services yet\ntry: orca deploy -f examples/hello/orca.yml\n',
    });
    assert.deepEqual(await look('ps'), { code: 0, stdout: '', stderr: 'no tasks: there are no services yet\n' });
    assert.deepEqual(await look('deployments'), {
      code: 0,
      stdout: '',
      stderr: 'no deployments yet\ntry: orca deploy\n',
    });
    assert.deepEqual(await look('ps', '--json'), { code: 0, stdout: '[]\n', stderr: '' });
  });
});
