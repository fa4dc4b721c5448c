import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { activateNode, drainNode, drainStatus, maintainNode, undrainNode } from '../../../src/contract/drain.ts';
import { createJoinToken, joinTokens, removeJoinToken } from '../../../src/contract/join-tokens.ts';
import { authorities, rotateAuthority } from '../../../src/contract/node-authorities.ts';
import { node, nodes, removeNode, setNode } from '../../../src/contract/nodes.ts';
import {
  AUTHORITIES,
  DRAIN,
  JOIN_LINE,
  JOIN_TOKEN,
  NODE,
  OWN_NODE,
} from '../../../src/contract/openapi/node-samples.ts';
import { parseJoinLine } from '../../../src/core/nodes/join-line.ts';
import { type ScriptedServer, scriptedServer } from '../client/scripted-server.ts';
import { runCli } from './run-cli.ts';

const DOWN = {
  ...NODE,
  node_id: 'abcdefghijklmnop',
  name: 'web3',
  status: 'down',
  reason: 'nothing heard for 12 s',
  relay: { address: '10.0.0.2', port: 6882, state: 'through_agent', problem: 'connect ETIMEDOUT' },
  clock_skew_ms: -3_600_000,
};
const DRAINED = { ...DRAIN, availability: 'drained', done: true, tasks: 0, one_off: 2, waiting: [], stuck: [] };
const waiting = (...statuses: string[]) => ({
  authorities: [AUTHORITIES.authorities[0], { ...AUTHORITIES.authorities[0], signs: false }],
  waiting_for: statuses.map((status) => ({ node_id: DOWN.node_id, name: 'web3', status })),
});

interface Scripted extends ScriptedServer {
  readonly bodies: unknown[];
}

/** @param answers what is told of the CAs, one after the other, the last one again and again */
async function server(t: TestContext, ...answers: object[]): Promise<Scripted> {
  const bodies: unknown[] = [];
  const said =
    <T extends object>(json: T) =>
    (call: { readonly body?: unknown }) => {
      bodies.push(call.body);
      return { json };
    };
  const next = () => ({ json: answers.length > 1 ? answers.shift() : (answers[0] ?? AUTHORITIES) });
  const drains: object[] = [{ ...DRAIN, tasks: 1, waiting: [], stuck: [] }, DRAINED];
  const ends = Date.now() + 3_600_000;
  const scripted = await scriptedServer([
    [nodes, () => ({ json: { nodes: [OWN_NODE, NODE, DOWN] } })],
    [node, () => ({ json: NODE })],
    [setNode, said({ ...NODE, name: 'db1' })],
    [drainNode, () => ({ json: DRAIN })],
    [drainStatus, () => ({ json: drains.length > 1 ? drains.shift() : drains[0] })],
    [undrainNode, () => ({ json: NODE })],
    [activateNode, () => ({ json: NODE })],
    [maintainNode, () => ({ json: { ...NODE, availability: 'maintenance' } })],
    [removeNode, () => ({ json: { ok: 'removed node web2', removed: NODE.node_id, name: 'web2' } })],
    [joinTokens, () => ({ json: { join_tokens: [{ ...JOIN_TOKEN, state: 'used', used_by: 'web2' }] } })],
    [createJoinToken, said({ ...JOIN_TOKEN, expires_at: ends, line: JOIN_LINE, address: '10.0.0.1:6881' })],
    [removeJoinToken, () => ({ json: { ok: `revoked join line ${JOIN_TOKEN.id}`, removed: JOIN_TOKEN.id } })],
    [authorities, next],
    [rotateAuthority, said(AUTHORITIES)],
  ]);
  t.after(async () => {
    await scripted.close();
    assert.deepEqual(scripted.violations, []);
  });
  return Object.assign(scripted, { bodies });
}

describe('orca node', { concurrency: 2 }, () => {
  it('token prints one line for a shell that hands over the secret, and in no argument', async (t) => {
    const { api, bodies } = await server(t);
    const { code, stdout, stderr } = await runCli(['node', 'token', '--ttl', '1h'], { api });
    assert.equal(code, 0);
    assert.deepEqual(bodies, [{ ttl: 3_600_000 }]);
    assert.equal(stdout, `printf '%s\\n' '${JOIN_LINE}' | orca join\n`);
    assert.match(stderr, /for one machine, for (1h|59m)/);
    assert.match(stderr, /dials 10\.0\.0\.1:6881: if it reaches this one otherwise, add --address/);
    const shell = spawn('sh', ['-c', `orca() { cat; }; ${stdout}`]);
    assert.deepEqual(parseJoinLine(await text(shell.stdout)), parseJoinLine(JOIN_LINE));
    const asked = await runCli(['node', 'token', '--address', 'orca.example.com', '--reusable', '--json'], { api });
    assert.equal(JSON.parse(asked.stdout).line, JOIN_LINE);
    assert.deepEqual(bodies[1], { address: 'orca.example.com', reusable: true });
  });

  it('drain follows the tasks until none is left', async (t) => {
    const { api } = await server(t);
    const { code, stdout, stderr } = await runCli(['node', 'drain', 'web2'], { api });
    assert.equal(code, 0);
    assert.equal(
      stdout,
      'web2 is drained: none of its tasks is left\n  2 containers of `orca run` still run on web2, until the command ends\n',
    );
    assert.match(stderr, /^shop\/web\.2: web\.2 starts on another node$/m);
    assert.match(stderr, /^web2: 1 of 2 tasks moved$/m);
  });

  it('drain --no-wait begins it and names what stays', async (t) => {
    const { api, requests } = await server(t);
    const { code, stdout } = await runCli(['node', 'drain', 'web2', '--no-wait'], { api });
    assert.equal(code, 0);
    assert.equal(
      stdout,
      [
        'web2 is being drained: 2 tasks left',
        '  shop/web.2: web.2 starts on another node',
        '  shop/db.1 stays: the data of its volume shop_data are on web2',
        '',
      ].join('\n'),
    );
    assert.ok(!requests.some((request) => request.endsWith('/drain-status')));
  });

  it('drain ends with 1 where the rest cannot go', async (t) => {
    const stuck = { ...DRAIN, tasks: 1, waiting: [] };
    const scripted = await scriptedServer([[drainNode, () => ({ json: stuck })]]);
    t.after(() => scripted.close());
    const { code, stderr } = await runCli(['node', 'drain', 'web2'], { api: scripted.api });
    assert.equal(code, 1);
    assert.match(stderr, /to use it again: orca node undrain web2/);
  });

  it('undrain, activate and maintenance say what the node does from then on', async (t) => {
    const { api, requests } = await server(t);
    assert.equal((await runCli(['node', 'undrain', 'web2'], { api })).stdout, 'web2 takes tasks again\n');
    assert.equal((await runCli(['node', 'activate', 'web2'], { api })).stdout, 'web2 takes tasks again\n');
    assert.match((await runCli(['node', 'maintenance', 'web2'], { api })).stdout, /web2 is in maintenance/);
    assert.ok(requests.includes('POST /api/v1/cluster/nodes/web2/maintenance'));
    assert.equal((await runCli(['node', 'undrain', 'web2', '--no-wait'], { api })).code, 1);
    assert.match((await runCli(['node', 'drain-status', 'web2'], { api })).stdout, /being drained: 1 task left/);
  });

  it('token ls tells who used a line, token rm revokes one', async (t) => {
    const { api, requests } = await server(t);
    assert.match((await runCli(['node', 'token', 'ls'], { api })).stdout, /5f0c9a41d2e74b1c +used +one node +web2/);
    assert.equal((await runCli(['node', 'token', 'rm', JOIN_TOKEN.id], { api })).code, 0);
    assert.ok(requests.includes(`DELETE /api/v1/cluster/join-tokens/${JOIN_TOKEN.id}`));
    for (const wrong of [
      ['token', 'rm'],
      ['token', 'ls', 'x'],
      ['token', 'new'],
      ['token', 'ls', '--ttl', '1h'],
    ])
      assert.equal((await runCli(['node', ...wrong], { api })).code, 1, wrong.join(' '));
  });

  it('ls tells how nodes are, and what they have', async (t) => {
    const { api } = await server(t);
    const { stdout } = await runCli(['node', 'ls'], { api });
    assert.match(stdout, /^local +ready +3 +yes/m);
    assert.match(stdout, /^web2 +ready +3 +direct +0\.4 of 4 +5\.6 GiB of 8\.0 GiB +80 GiB of 100 GiB +\S+ ago +ok/m);
    assert.match(stdout, /^web3 +down +3 +through the agent .*1h behind .*nothing heard for 12 s/m);
    const one = (await runCli(['node', 'inspect', 'web2'], { api })).stdout;
    assert.match(one, /^labels +zone=a$/m);
    assert.match(one, /^cpu +0\.4 of 4$/m);
    assert.match(one, /^seen +\S+ ago: cpu, load, memory and disk$/m);
    assert.match(one, /^tasks +3; it takes new ones$/m);
    assert.match(one, /^data plane +connected, 0\.1\.0$/m);
    assert.match(one, /^relay +10\.0\.0\.2, TCP 6882; direct$/m);
  });

  it('set, rename and rm change a node; rm asks first', async (t) => {
    const { api, bodies, requests } = await server(t);
    await runCli(['node', 'set', 'web2', '--label', 'zone=a=b', '--label', 'ssd', '--label-rm', 'old'], { api });
    await runCli(['node', 'rename', 'web2', 'db1'], { api });
    await runCli(['node', 'set', 'web2', 'ingress=true'], { api });
    await runCli(['node', 'set', 'web2', 'address=10.0.0.7', 'ingress=false'], { api });
    await runCli(['node', 'set', 'web2', 'address=auto'], { api });
    for (const word of ['address=', 'port=7', 'ingress=maybe'])
      assert.equal((await runCli(['node', 'set', 'web2', word], { api })).code, 1, word);
    assert.deepEqual(bodies, [
      { labels: { old: null, zone: 'a=b', ssd: '' } },
      { name: 'db1' },
      { labels: {}, ingress: true },
      { labels: {}, address: '10.0.0.7', ingress: false },
      { labels: {}, address: null },
    ]);
    assert.notEqual((await runCli(['node', 'rm', 'web2'], { api })).code, 0);
    assert.ok(!requests.some((request) => request.startsWith('DELETE')));
    assert.equal((await runCli(['node', 'rm', 'web2', '--yes', '--force'], { api })).stdout, 'removed node web2\n');
    assert.ok(requests.includes('DELETE /api/v1/cluster/nodes/web2?force=true'));
    for (const wrong of [
      ['set', 'web2'],
      ['set', 'web2', 'ingress=yes'],
      ['rename', 'web2'],
      ['ls', 'web2'],
      ['rm', 'web2', '--ttl', '1h'],
      ['drop'],
    ])
      assert.equal((await runCli(['node', ...wrong], { api })).code, 1, wrong.join(' '));
  });

  it('rotate-ca waits for nodes that are up; for one that is away it says so and ends with 1', async (t) => {
    const done = await server(t, AUTHORITIES, waiting('ready'), waiting('suspect'), AUTHORITIES);
    const { code, stdout, stderr } = await runCli(['node', 'rotate-ca'], { api: done.api });
    assert.deepEqual([code, done.bodies], [0, [{}]]);
    assert.match(stdout, /the old one is dropped/);
    assert.match(stderr, /waiting for web3/);
    const away = await server(t, waiting('down'));
    const left = await runCli(['node', 'rotate-ca'], { api: away.api });
    assert.deepEqual([left.code, away.bodies], [1, []], 'one that is under way is not begun again');
    assert.match(left.stdout, /until web3 is back/);
    const finished = await runCli(['node', 'rotate-ca', '--finish', '--yes'], { api: away.api });
    assert.deepEqual([finished.code, away.bodies], [0, [{ finish: true }]]);
  });
});
