import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as historyContract from '../../../src/contract/history.ts';
import * as rollbackContract from '../../../src/contract/rollback.ts';
import * as statusContract from '../../../src/contract/status.ts';
import { type ScriptedCall, type ScriptedServer, scriptedServer } from '../client/scripted-server.ts';
import { begun, end, stream } from './orca-deploy.ts';
import { runCli } from './run-cli.ts';
import { deployed, failure, result, service, status } from './samples.ts';

const revision = (changes: object) => ({
  revision: 4,
  current: false,
  succeeded: true,
  image: 'acme/web:1',
  digest: null,
  changed: ['image', 'env.KEY'],
  rollback_of: null,
  note: null,
  by: 'ci',
  created_at: Date.now() - 3_600_000,
  succeeded_at: null,
  deployment: 9,
  outcome: 'succeeded',
  ...changes,
});

const PLAN = { hash: 'h', services: [], steps: [], pull: [], volumes: [], warnings: [], kept: [] };
const refused = {
  name: 'web',
  project: 'shop',
  code: 'conflict',
  error: 'the image of revision 2 is gone',
  hint: null,
};

describe('orca, going back', { concurrency: 2 }, () => {
  let server: ScriptedServer;
  const asked: ScriptedCall[] = [];
  before(async () => {
    const outcomeOf = (body: unknown) => {
      const to = (body as { to?: number } | undefined)?.to;
      if (to === 5) return deployed({ state: 'rolled-back', reason: 'web.1 exited', failure });
      if (to === 4) return deployed({ action: 'none', state: 'unchanged', reason: 'web already runs revision 4' });
      return deployed({ revision: 7 });
    };
    const answer = (call: ScriptedCall) => {
      asked.push(call);
      const outcome = outcomeOf(call.body);
      if (call.query['wait'] === false) return { status: 202, json: result([{ ...outcome, state: 'pending' }], 202) };
      return stream({ ...begun }, end([outcome]));
    };
    server = await scriptedServer([
      [
        statusContract.status,
        ({ query }) => ({
          json: status([service(), ...(query['project'] === 'shop' ? [] : [service({ name: 'api' })])]),
        }),
      ],
      [rollbackContract.rollback, answer],
      [rollbackContract.restart, answer],
      [rollbackContract.rollbackPlan, () => ({ json: { ...PLAN, errors: [refused] } })],
      [
        historyContract.history,
        () => ({
          json: {
            service: 'web',
            project: 'shop',
            revisions: [
              revision({ revision: 5, current: true, note: 'rolled back to revision 3', rollback_of: 3 }),
              revision({ outcome: 'rolled-back', succeeded: false }),
              revision({ revision: 3, outcome: null, deployment: null, changed: null }),
            ],
            rollback_to: 2,
          },
        }),
      ],
      [
        historyContract.diff,
        ({ query }) => ({
          json: {
            service: 'web',
            project: 'shop',
            from: query['from'],
            to: query['to'],
            diff:
              query['from'] === query['to']
                ? []
                : [
                    { path: 'image', from: 'acme/web:1', to: 'acme/web:2' },
                    { path: 'env.KEY', from: null, to: 'fingerprint:0a1b2c3d' },
                  ],
          },
        }),
      ],
    ]);
  });
  after(async () => {
    await server.close();
    assert.deepEqual(server.violations, []);
  });
  const run = (...args: string[]) => runCli(args, { api: server.api });

  it('rollback waits, and tells what serves', async () => {
    const { code, stdout } = await run('rollback', 'web', '--to', '3');
    assert.equal(code, 0);
    assert.match(stdout, /web +succeeded +7/);
    assert.deepEqual(asked.find(({ body }) => (body as { to?: number } | undefined)?.to === 3)?.query, {
      project: 'shop',
    });
  });

  it('rollback of the only service needs no name; of several it does', async () => {
    assert.equal((await run('rollback', '-p', 'shop')).code, 0);
    const { code, stderr } = await run('rollback');
    assert.equal(code, 1);
    assert.match(stderr, /which service is to go back\?\nhint: name it: web and api/);
  });

  it('rollback that fails exits as a deploy does, and one that changes nothing says why', async () => {
    const { code, stderr } = await run('rollback', 'web', '--to', '5');
    assert.equal(code, 5);
    assert.match(stderr, /Cannot find module 'express'/);
    const same = await run('rollback', 'web', '--to', '4');
    assert.equal(same.code, 0);
    assert.match(same.stderr, /web already runs revision 4/);
  });

  it('rollback --detach and --json give the answer as it is', async () => {
    const detached = await run('rollback', 'web', '--detach', '--json');
    assert.equal(detached.code, 0);
    assert.equal(JSON.parse(detached.stdout).services[0].state, 'pending');
    const lines = (await run('rollback', 'web', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    assert.deepEqual(lines, ['service', 'result']);
  });

  it('rollback --plan exits as the rollback would', async () => {
    const { code, stdout } = await run('rollback', 'web', '--plan');
    assert.equal(code, 8);
    assert.match(stdout, /web would be refused: the image of revision 2 is gone/);
  });

  it('restart waits too, and does not when it is told not to', async () => {
    assert.match((await run('restart', 'web')).stdout, /web +succeeded/);
    assert.match((await run('restart', 'web', '-d')).stdout, /web +pending/);
    assert.equal((await run('restart')).code, 1);
  });

  it('history is a table, its last line says where a rollback goes', async () => {
    const { code, stdout, stderr } = await run('history', 'web');
    assert.equal(code, 0);
    assert.match(stdout, /\* +5 +succeeded +1h +ci +acme\/web:1 +rolled back to revision 3: image, env.KEY/);
    assert.match(stdout, /4 +rolled-back/);
    assert.match(stderr, /`orca rollback web` goes back to revision 2/);
    assert.equal(JSON.parse((await run('history', 'web', '--json')).stdout).rollback_to, 2);
  });

  it('diff has a line a key, and says when there is none', async () => {
    const { stdout } = await run('diff', 'web', '3', '4');
    assert.equal(stdout, 'image    acme/web:1 -> acme/web:2\nenv.KEY  (unset) -> fingerprint:0a1b2c3d\n');
    assert.match((await run('diff', 'web', '3', '3')).stderr, /revisions 3 and 3 of web are the same/);
    const { code, stderr } = await run('diff', 'web', '3', 'four');
    assert.equal(code, 1);
    assert.match(stderr, /"four" is no revision/);
  });
});
