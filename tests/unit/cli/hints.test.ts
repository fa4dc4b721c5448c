import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { inOwnWords } from '../../../cli/own-words.ts';
import type { Credential, NoCredential } from '../../../cli/token.ts';
import * as logContract from '../../../src/contract/logs.ts';
import * as statusContract from '../../../src/contract/status.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { type Script, scriptedServer } from '../client/scripted-server.ts';
import { orcaDeploy, outcome } from './orca-deploy.ts';
import { runCli } from './run-cli.ts';
import { deployed } from './samples.ts';

const OF_API = 'send `Authorization: Bearer <token>`';

async function refusing(t: TestContext, ...scripts: Script[]): Promise<string> {
  const server = await scriptedServer(scripts);
  t.after(() => server.close());
  return server.api;
}

/** The hint of a refusal that came with, or for want of, this credential. */
async function hintWith(credential: Credential | NoCredential, api = 'http://127.0.0.1:6880') {
  const context = async () => ({ api, token: credential.token, credential, source: 'this machine' });
  return (await inOwnWords(new OrcaError('unauthorized', 'no', { hint: OF_API }), { context })).hint;
}

describe('the hints of the API, on the command line', () => {
  it('say where a token goes, and which one was refused', async () => {
    assert.match((await hintWith({})) ?? '', /^set ORCA_TOKEN beside ORCA_API; on the server's machine leave both out/);
    assert.match(
      (await hintWith({}, 'https://x')) ?? '',
      /^set ORCA_TOKEN beside ORCA_API, or write .* into a context /,
    );
    assert.equal(await hintWith({ unsent: 'it is for elsewhere' }), 'it is for elsewhere');
    assert.equal(
      await hintWith({ token: 'a', from: 'ORCA_TOKEN' }),
      "is the token in ORCA_TOKEN one of this server's?",
    );
  });

  it('spell an ambiguous name as it is typed', async (t) => {
    const json = {
      error: 'several projects have a service web: shop, blog',
      code: 'conflict',
      hint: 'say which one with ?project=shop',
      details: { projects: ['shop', 'blog'] },
    };
    const api = await refusing(t, [logContract.logs, () => ({ status: 409, json })]);
    const { code, stderr } = await runCli(['logs', 'web'], { api });
    assert.deepEqual([code, stderr.split('\n')[1]], [8, 'hint: say which one: shop/web or blog/web']);
  });

  it('name the verb that lists what was not found', async (t) => {
    const told = 'error: deployment not found: 99999999999999999999\nhint: list them with `orca deployments`\n';
    assert.equal((await runCli(['deployments', '99999999999999999999'])).stderr, told);
    const json = { error: 'task not found: 7', code: 'not_found', hint: 'check the name with `orca status`' };
    const api = await refusing(t, [logContract.logs, () => ({ status: 404, json })]);
    assert.match(
      (await runCli(['logs', 'web', '--task', '7'], { api })).stderr,
      /^hint: list them with `orca ps --all`$/m,
    );
    const service = new OrcaError('not_found', 'service not found: web', { hint: 'check the name with `orca status`' });
    assert.equal(await inOwnWords(service, { context: () => assert.fail() }), service);
  });

  it('leave out what speaks of requests, in a refused deploy too', async (t) => {
    const hint = 'compare the request with GET /api/v1/openapi.json';
    const api = await refusing(t, [
      statusContract.status,
      () => ({ status: 422, json: { error: 'query.project: expected a name', code: 'invalid', hint } }),
    ]);
    assert.equal((await runCli(['status'], { api })).stderr, 'error: query.project: expected a name\n');
    const refused = { state: 'refused', action: 'refused', reason: 'no node fits', serving: null } as const;
    const nodes = { code: 'unplaceable', hint: 'look at the nodes with GET /api/v1/cluster/info' };
    const { stderr } = await orcaDeploy(t, outcome(deployed({ ...refused, ...nodes })));
    assert.match(stderr, /^ {2}hint: look at what runs where with `orca ps`$/m);
  });

  it('say that the address is not that of the API where the data plane answers', async (t) => {
    const json = { error: 'nothing is served under this host name and path', code: 'unknown-host', requestId: 'r' };
    const api = await refusing(t, [
      statusContract.status,
      () => ({ status: 404, raw: JSON.stringify(json), type: 'application/json' }),
    ]);
    const { stderr } = await runCli(['status'], { api });
    assert.match(stderr, /^error: what answers at \S+ is not an orca server\nhint: is this the address of its API/);
  });
});
