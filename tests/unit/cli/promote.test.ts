import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { DeployedService } from '../../../src/contract/deploy.ts';
import * as promoteContract from '../../../src/contract/promote.ts';
import * as statusContract from '../../../src/contract/status.ts';
import { type ScriptedCall, scriptedServer } from '../client/scripted-server.ts';
import { begun, end, stream } from './orca-deploy.ts';
import { runCli } from './run-cli.ts';
import { deployed, failure, result, service, status, task } from './samples.ts';

const REASON = 'step 2 of 3: revision 5 gets 25 % of the requests; promote it or roll back';
const PAUSED = deployed({
  action: 'promote',
  state: 'paused',
  reason: REASON,
  hint: '`orca promote web --step` or `orca rollback web`',
});

/** A canary that waits, as `orca status` tells of it. */
const CANARY = service({
  status: 'deploying',
  reason: `deployment 12: ${REASON}`,
  revision: 5,
  serving_revision: 4,
  deployment: 12,
  tasks: [task(), task({ id: 'shop-web-1-new', revision: 5 })],
  traffic: {
    minutes: 7,
    since: Date.now() - 7 * 60_000,
    revisions: [
      {
        revision: 4,
        share_asked: 0.75,
        share: 0.7512,
        requests: 7512,
        errors: 0,
        failed: 0,
        error_share: 0,
        p50_ms: 4,
        p99_ms: 30,
      },
      {
        revision: 5,
        share_asked: 0.25,
        share: 0.2488,
        requests: 2488,
        errors: 5,
        failed: 5,
        error_share: 0.002,
        p50_ms: 4,
        p99_ms: 31,
      },
    ],
  },
});

async function canary(t: TestContext, outcome: DeployedService = PAUSED) {
  const asked: ScriptedCall[] = [];
  const server = await scriptedServer([
    [statusContract.status, () => ({ json: status([CANARY]) })],
    [
      promoteContract.promote,
      (call) => {
        asked.push(call);
        if (call.query['wait'] === false) return { status: 202, json: result([{ ...outcome, state: 'running' }], 202) };
        return stream(begun, end([outcome]));
      },
    ],
  ]);
  t.after(async () => {
    await server.close();
    assert.deepEqual(server.violations, []);
  });
  const run = (...args: string[]) => runCli(args, { api: server.api });
  return { run, asked, requests: server.requests };
}

describe('orca promote', { concurrency: 2 }, () => {
  it('--step waits until the step is reached, and says where the canary stands and what to type next', async (t) => {
    const { run, asked } = await canary(t);
    const { code, stdout, stderr } = await run('promote', 'web', '--step');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^web +paused +4 /m);
    assert.match(stderr, /^web step 2 of 3: revision 5 gets 25 % of the requests; promote it or roll back$/m);
    assert.match(stderr, /^ {2}next: `orca promote web --step` or `orca rollback web`$/m);
    assert.deepEqual(
      asked.map(({ body, query }) => [body, query]),
      [[{ step: true }, { project: 'shop' }]],
    );
  });

  it('without --step asks for all requests, and waits for the end', async (t) => {
    const { run, asked } = await canary(t, deployed({ action: 'promote', revision: 5 }));
    const { code, stdout, stderr } = await run('promote', 'shop/web');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^web +succeeded +5 /m);
    assert.doesNotMatch(stderr, /next:/);
    assert.deepEqual(asked[0]?.body, {});
  });

  it('of a canary that fails exits as a deploy does: the old revision serves', async (t) => {
    const { run } = await canary(
      t,
      deployed({ action: 'promote', state: 'rolled-back', reason: 'web.1 exited', failure }),
    );
    const { code, stderr } = await run('promote', 'web');
    assert.equal(code, 5);
    assert.match(stderr, /Cannot find module 'express'/);
  });

  it('--detach does not wait; --json is the lines of the answer', async (t) => {
    const { run, requests } = await canary(t);
    const detached = await run('promote', 'web', '-d');
    assert.deepEqual([detached.code, /^web +running .* 12 /m.test(detached.stdout)], [0, true], detached.stdout);
    assert.ok(requests.some((request) => request.startsWith('POST') && request.includes('wait=false')));
    const lines = (await run('promote', 'web', '--json')).stdout.trim().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).type),
      ['service', 'result'],
    );
  });

  it('of a service that there is not, or of none, asks nothing of the server', async (t) => {
    const { run, asked } = await canary(t);
    const { code, stderr } = await run('promote', 'wbe');
    assert.equal(code, 1);
    assert.match(stderr, /service not found: wbe/);
    assert.equal((await run('promote')).code, 1);
    assert.deepEqual(asked, []);
  });
});

describe('orca status of a canary that waits', { concurrency: 2 }, () => {
  it('says which step it is at and what it waits for, and both versions side by side', async (t) => {
    const { run } = await canary(t);
    const { code, stdout } = await run('status', 'web');
    assert.equal(code, 0);
    assert.match(stdout, /^web +shop +deploying +1\/1 +5 /m);
    assert.match(
      stdout,
      /^ {2}└ deploying: deployment 12: step 2 of 3: revision 5 gets 25 % of the requests; promote it or roll back$/m,
    );
    assert.match(stdout, /^ {2}in the last 7 min of this step.*:$/m);
    assert.match(stdout, /^ {4}revision 4: 75 % asked for, had 75\.1 %: 7512 requests, 0 errors/m);
    assert.match(stdout, /^ {4}revision 5: 25 % asked for, had 24\.9 %: 2488 requests, 5 errors \(0\.2 %\)/m);
  });

  it('of all services says the step, and leaves the comparison out', async (t) => {
    const { run } = await canary(t);
    const { stdout } = await run('status');
    assert.match(stdout, /step 2 of 3/);
    assert.doesNotMatch(stdout, /asked for/);
  });
});
