import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as deploymentContract from '../../../src/contract/deployments.ts';
import type { ProgressLine } from '../../../src/contract/progress.ts';
import { progress, type Script, type ScriptedAnswer } from '../client/scripted-server.ts';
import { begun, orcaDeploy, running, stream } from './orca-deploy.ts';
import { deployment, failure, service } from './samples.ts';

describe('orca deploy, when the connection is lost', { concurrency: 2 }, () => {
  const cut: ScriptedAnswer = { pieces: [begun, running].map(progress), type: 'application/x-ndjson', then: 'cut' };

  it('looks the deployments up until they have ended, and tells the outcome', async (t) => {
    const states = ['running', 'rolled-back'] as const;
    let asked = 0;
    const more: Script[] = [
      [
        deploymentContract.deployment,
        () => {
          const state = states[Math.min(asked, 1)] ?? 'running';
          asked += 1;
          return {
            json: deployment({ state, to: 5, failure: state === 'running' ? null : failure, reason: `is ${state}` }),
          };
        },
      ],
    ];
    const { code, stderr, violations } = await orcaDeploy(t, {
      answer: cut,
      more,
      services: [service({ serving_revision: 4, running_replicas: 2 })],
    });
    assert.equal(code, 5);
    assert.match(stderr, /^warning: the connection to \S+ was lost: .*; looking the deployments up$/m);
    assert.match(stderr, /web failed: revision 5 was rolled back/);
    assert.match(stderr, /revision 4 \(acme\/web:1\.4\) serves now, 2 tasks ready/);
    assert.deepEqual(violations, []);
  });

  it('also when the answer just ends without an outcome', async (t) => {
    const more: Script[] = [[deploymentContract.deployment, () => ({ json: deployment() })]];
    const { code, stdout } = await orcaDeploy(t, { answer: stream(begun), more, services: [service()] });
    assert.equal(code, 0);
    assert.match(stdout, /web +succeeded +4 +1\/1/);
  });

  it('also when the server stops meanwhile, and says so in a result of no service', async (t) => {
    const stopped: ProgressLine = {
      type: 'result',
      ...{ deployed: [], errors: ['the server is stopping'], status: 503, services: [] },
    };
    const more: Script[] = [
      [
        deploymentContract.deployment,
        () => ({ json: deployment({ state: 'rolled-back', to: 5, failure, reason: 'is back' }) }),
      ],
    ];
    const given = { answer: stream(begun, stopped), more, services: [service({ serving_revision: 4 })] };
    const { code, stderr } = await orcaDeploy(t, given);
    assert.equal(code, 5);
    assert.match(stderr, /^warning: the server is stopping; looking the deployments up$/m);
    const { stdout } = await orcaDeploy(t, { ...given, args: ['--json'] });
    const results = stdout.split('\n').filter((line) => line.includes('"type":"result"'));
    assert.equal(results.length, 1);
    assert.match(results[0] ?? '', /rolled-back/);
  });

  it('exits with 7 when the server stops before it has said anything', async (t) => {
    const stopped: ProgressLine = {
      type: 'result',
      deployed: [],
      errors: ['the disk failed'],
      status: 503,
      services: [],
    };
    const { code, stderr } = await orcaDeploy(t, { answer: stream(stopped) });
    assert.equal(code, 7);
    assert.match(stderr, /the disk failed/);
  });

  it('exits as for an answer of that status when the last line is an error and nothing was admitted', async (t) => {
    const told = { error: 'the store is away', code: 'unavailable', hint: 'try again in a few seconds' };
    const refused: ProgressLine = {
      type: 'result',
      ...{ deployed: [], errors: [told.error], status: 503, services: [], ...told },
    };
    const waiting: ProgressLine = { type: 'waiting', at: 1, reason: 'for registries to say what the images are' };
    const streamed = await orcaDeploy(t, { answer: stream(waiting, refused) });
    const answered = await orcaDeploy(t, { answer: { status: 503, json: told } });
    assert.deepEqual(streamed.code, 1);
    assert.deepEqual(
      [streamed.code, streamed.stdout, streamed.stderr],
      [answered.code, answered.stdout, answered.stderr],
    );
    assert.match(streamed.stderr, /^error: the store is away$/m);
    const json = await orcaDeploy(t, { answer: stream(waiting, refused), args: ['--json'] });
    assert.deepEqual(JSON.parse(json.stderr).code, 'unavailable');
  });

  it('ends with the result for a program too, as if the connection had held', async (t) => {
    const more: Script[] = [[deploymentContract.deployment, () => ({ json: deployment() })]];
    const { code, stdout } = await orcaDeploy(t, { answer: cut, more, services: [service()], args: ['--json'] });
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    assert.deepEqual(
      [code, last.type, last.status, last.deployed, last.services.length],
      [0, 'result', 200, ['web'], 1],
    );
  });

  it('exits with 7 when nothing is known of what the server made of it', async (t) => {
    const { code, stderr } = await orcaDeploy(t, {
      answer: { pieces: [''], type: 'application/x-ndjson', then: 'cut' },
    });
    assert.equal(code, 7);
    assert.match(stderr, /^error: the state of the deployment is unknown: /m);
    assert.match(
      stderr,
      /^hint: what was begun goes on on the server: look with `orca status` and `orca deployments`$/m,
    );
  });

  it('Ctrl-C ends the waiting and says that the server goes on; exit code 130', async (t) => {
    async function* endless() {
      yield progress(begun);
      await new Promise(() => undefined);
    }
    const { code, stderr, stdout } = await orcaDeploy(t, {
      answer: { pieces: endless(), type: 'application/x-ndjson' },
      options: { interruptAt: 'deployment 12' },
    });
    assert.deepEqual([code, stdout], [130, '']);
    assert.equal(
      stderr,
      `12:00:05 web is replaced, deployment 12: the image changed
interrupted: deployment 12 of web goes on on the server
follow it with: orca status, orca deployments, orca events
`,
    );
  });
});
