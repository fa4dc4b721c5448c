import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { DeployedService } from '../../../src/contract/deploy.ts';
import * as serviceContract from '../../../src/contract/services.ts';
import type { ServiceStatus } from '../../../src/contract/status.ts';
import type { ScriptedAnswer } from '../client/scripted-server.ts';
import { end, orcaDeploy, stream } from './orca-deploy.ts';
import { deployed, result, service, status } from './samples.ts';

interface Given {
  readonly services: readonly DeployedService[];
  readonly running: readonly ServiceStatus[];
  /** How often `status` shows the old count of tasks after the scale. */
  readonly late?: number;
  readonly args?: readonly string[];
  /** What `status` answers once after the scale, in place of itself. */
  readonly refusal?: ScriptedAnswer;
}

/** A server whose tasks come a while after they were asked for. */
async function resetting(t: TestContext, { services, running, late = 0, args = [], refusal }: Given) {
  const detached = args.includes('--detach');
  const scaled = new Map<string, number>();
  let asked = 0;
  const now = () => {
    if (scaled.size > 0) asked += 1;
    return running.map((one) => {
      const replicas = scaled.get(one.name);
      if (replicas === undefined) return one;
      return { ...one, replicas, scaled_from: null, running_replicas: asked > late ? replicas : one.running_replicas };
    });
  };
  const ran = await orcaDeploy(t, {
    answer: detached ? { status: 202, json: result(services, 202) } : stream(end(services)),
    answers: () => {
      const services = now();
      return refusal && asked === 1 ? refusal : { json: status(services) };
    },
    more: [
      [
        serviceContract.scale,
        ({ params, body }) => {
          const { replicas } = body as { replicas: number };
          scaled.set(String(params['name']), replicas);
          return { json: { service: params['name'], project: 'shop', replicas, previous: 0, scaled_from: null } };
        },
      ],
    ],
    args: ['--reset-scale', ...args],
  });
  return { ...ran, scales: ran.requests.filter((line) => line.includes('/scale')) };
}

const SCALE = 'POST /api/v1/services/web/scale?project=shop';
const byHand = service({ replicas: 0, running_replicas: 0, scaled_from: 1 });

describe('orca deploy --reset-scale', { concurrency: 2 }, () => {
  it('goes back to the count of the file after the deploy, says so, and waits until it serves', async (t) => {
    const unchanged = deployed({ action: 'none', state: 'unchanged', deployment: null });
    const running = [byHand, service({ name: 'db', scaled_from: 2 })];
    const { code, stdout, stderr, requests, violations } = await resetting(t, {
      services: [unchanged],
      running,
      late: 2,
    });
    assert.equal(code, 0);
    assert.deepEqual(requests.slice(0, 3), ['POST /api/v1/deploy', 'GET /api/v1/status', SCALE]);
    assert.equal(requests.filter((line) => line === 'GET /api/v1/status').length, 6);
    assert.match(stderr, /^web: 0 -> 1, as the file says$/m);
    assert.match(stdout, /^web +unchanged +4 +1\/1 /m);
    assert.deepEqual(violations, []);
  });

  it('tells it to programs too, before the result', async (t) => {
    const { stdout } = await resetting(t, { services: [deployed()], running: [byHand], args: ['--json'] });
    const [scaled, last, ...more] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(scaled, {
      type: 'scaled',
      service: 'web',
      project: 'shop',
      replicas: 1,
      previous: 0,
      scaled_from: null,
    });
    assert.deepEqual([last.type, last.deployed, more], ['result', ['web'], []]);
  });

  it('changes no count of a service that was refused or rolled back', async (t) => {
    for (const [state, exit] of [
      ['refused', 1],
      ['rolled-back', 5],
    ] as const) {
      const { code, stderr, scales } = await resetting(t, { services: [deployed({ state })], running: [byHand] });
      assert.deepEqual([code, scales], [exit, []]);
      assert.match(stderr, /^web keeps 0 replicas, as its deploy did not succeed$/m);
    }
  });

  it('waits on while the server is away, and ends with what it refuses', async (t) => {
    const said = (status: number, code: string): ScriptedAnswer => ({ status, json: { error: `it is ${code}`, code } });
    for (const [refusal, exit, asked] of [
      [said(503, 'unavailable'), 0, 4],
      [said(504, 'timeout'), 0, 4],
      [said(401, 'unauthorized'), 9, 3],
      [said(403, 'forbidden'), 9, 3],
    ] as const) {
      const ran = await resetting(t, { services: [deployed()], running: [byHand], refusal });
      assert.equal(ran.code, exit, ran.stderr);
      assert.equal(ran.requests.filter((line) => line === 'GET /api/v1/status').length, asked);
      if (exit !== 0) assert.match(ran.stderr, /it is (unauthorized|forbidden)/);
    }
  });

  it('has nothing to do where the count of the file has ended the one by hand', async (t) => {
    const { code, scales } = await resetting(t, { services: [deployed()], running: [service()] });
    assert.deepEqual([code, scales], [0, []]);
  });

  it('does not wait with --detach', async (t) => {
    const { code, scales } = await resetting(t, {
      services: [deployed({ state: 'pending' })],
      running: [byHand],
      late: Number.POSITIVE_INFINITY,
      args: ['--detach'],
    });
    assert.deepEqual([code, scales], [0, [SCALE]]);
  });
});
