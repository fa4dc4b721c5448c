import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client } from '../../../src/client/client.ts';
import * as clusterContract from '../../../src/contract/cluster.ts';
import * as deployContract from '../../../src/contract/deploy.ts';
import * as deploymentContract from '../../../src/contract/deployments.ts';
import * as eventContract from '../../../src/contract/events.ts';
import * as logContract from '../../../src/contract/logs.ts';
import * as planContract from '../../../src/contract/plan.ts';
import * as serviceContract from '../../../src/contract/services.ts';
import * as statusContract from '../../../src/contract/status.ts';
import * as versionContract from '../../../src/contract/version.ts';
import * as whoamiContract from '../../../src/contract/whoami.ts';
import { deployed, deployment, plan, planned, result, service, status } from '../cli/samples.ts';
import { all, scripted } from './connecting.ts';
import { progress, type Script } from './scripted-server.ts';

const stopped = { ok: 'web stops', stopped: ['web'], removed: [] };
const body = { services: [{ name: 'web', project: 'shop', image: 'acme/web:1' }] };

describe('client', () => {
  it('speaks every endpoint as the contract has it', async (t) => {
    const scripts: Script[] = [
      [versionContract.root, () => ({ json: { service: 'orca', version: '0.1.0' } })],
      [versionContract.version, () => ({ json: { version: '0.1.0', api: 'v1', node: 'v24' } })],
      [whoamiContract.whoami, () => ({ json: { name: 'admin', role: 'admin', projects: null, expires_at: null } })],
      [
        clusterContract.clusterInfo,
        () => ({ json: { cluster_name: 'orca', cluster_id: null, nodes: [], node_count: 0, version: '0.1.0' } }),
      ],
      [statusContract.status, () => ({ json: status([service()]) })],
      [planContract.plan, () => ({ json: plan([planned()]) })],
      [
        serviceContract.scale,
        () => ({ json: { service: 'web', project: 'shop', replicas: 3, previous: 1, scaled_from: 1 } }),
      ],
      [serviceContract.start, () => ({ json: { ok: 'web starts', service: 'web', project: 'shop' } })],
      [serviceContract.removeService, () => ({ json: stopped })],
      [serviceContract.removeProject, () => ({ json: stopped })],
      [serviceContract.stopAll, () => ({ json: stopped })],
      [deploymentContract.deployments, () => ({ json: { deployments: [deployment()], total: 1 } })],
      [deploymentContract.deployment, () => ({ json: deployment() })],
      [deployContract.deploy, () => ({ status: 202, json: result([deployed({ state: 'pending' })], 202) })],
    ];
    const { server, client } = await scripted(t, ...scripts);
    const calls: ((client: Client) => Promise<unknown>)[] = [
      (one) => one.root(),
      (one) => one.version(),
      (one) => one.whoami(),
      (one) => one.cluster(),
      (one) => one.status('shop'),
      (one) => one.plan(body),
      (one) => one.scale('web', 3, 'shop'),
      (one) => one.start('web'),
      (one) => one.stop('web', 'shop'),
      (one) => one.remove('web', 'shop'),
      (one) => one.stopProject('shop'),
      (one) => one.removeProject('shop'),
      (one) => one.stopAll(),
      (one) => one.deployments({ service: 'web', limit: 5 }),
      (one) => one.deployment(12),
      (one) => one.deployDetached(body, { plan: 'sha256:0' }),
    ];
    for (const call of calls) await call(client);
    assert.deepEqual(server.violations, []);
    assert.deepEqual(server.requests, [
      'GET /',
      'GET /api/v1/version',
      'GET /v1/auth/whoami',
      'GET /api/v1/cluster/info',
      'GET /api/v1/status?project=shop',
      'POST /api/v1/plan',
      'POST /api/v1/services/web/scale?project=shop',
      'POST /api/v1/services/web/start',
      'DELETE /api/v1/services/web?project=shop',
      'DELETE /api/v1/services/web?project=shop&purge=true',
      'DELETE /api/v1/projects/shop',
      'DELETE /api/v1/projects/shop?purge=true',
      'POST /api/v1/stop',
      'GET /api/v1/deployments?service=web&limit=5',
      'GET /api/v1/deployments/12',
      'POST /api/v1/deploy?plan=sha256%3A0&wait=false',
    ]);
  });

  it('streams the lines of a deploy, however they are cut into pieces', async (t) => {
    const text = [
      progress({ type: 'waiting', at: 1, reason: 'waits for web.1: 日本' }),
      progress({ type: 'result', ...result([deployed()]) }),
    ].join('');
    const { server, client } = await scripted(t, [
      deployContract.deploy,
      (call) => {
        assert.equal(call.headers.accept, 'application/x-ndjson');
        return { pieces: text.match(/.{1,7}/gs) ?? [], type: 'application/x-ndjson' };
      },
    ]);
    const lines = await all(client.deploy(body));
    assert.deepEqual(
      lines.map(({ type }) => type),
      ['waiting', 'result'],
    );
    assert.deepEqual(server.violations, []);
  });

  it('streams log lines as they are', async (t) => {
    const lines = ['2026-01-31T12:00:00.000Z web-1 hello', '', '2026-01-31T12:00:01.000Z web-1 no newline at the end'];
    const { server, client } = await scripted(t, [logContract.logs, () => ({ raw: lines.join('\n') })]);
    assert.deepEqual(
      await all(client.logs('web', { follow: true, tail: 3, since: '10m', task: '2', grep: 'a b' })),
      lines,
    );
    assert.deepEqual(server.requests, ['GET /api/v1/services/web/logs?follow=true&tail=3&since=10m&task=2&grep=a+b']);
  });

  it('reads events with their ids, and resumes after one', async (t) => {
    const data = {
      at: 1,
      project: 'shop',
      name: '12',
      service: 'web',
      from: 'running',
      to: 'succeeded',
      reason: 'it held',
    };
    const text = `: hello\n\nid: 41\nevent: deployment\ndata: ${JSON.stringify(data)}\n\nid: 42\nevent: reset\ndata: ${JSON.stringify({ ...data, reason: 'gap' })}\n\ndata: unfinished`;
    const { client } = await scripted(t, [
      eventContract.events,
      ({ headers }) => {
        assert.equal(headers['last-event-id'], '40');
        return { pieces: [text], type: 'text/event-stream' };
      },
    ]);
    const messages = await all(client.events({ after: '40' }));
    assert.deepEqual(
      messages.map(({ id, event, data: { reason } }) => [id, event, reason]),
      [
        ['41', 'deployment', 'it held'],
        ['42', 'reset', 'gap'],
      ],
    );
  });

  it('answers a refused detached deploy instead of throwing: it says more than an error', async (t) => {
    const refused = deployed({ state: 'refused', code: 'unplaceable', deployment: null, revision: null });
    const answer = { ...result([refused], 422), error: 'nothing was deployed', code: 'deploy_failed' };
    const { client } = await scripted(t, [deployContract.deploy, () => ({ status: 422, json: answer })]);
    assert.deepEqual(await client.deployDetached(body), answer);
  });
});
