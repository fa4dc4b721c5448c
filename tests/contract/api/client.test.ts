import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Client, createClient } from '../../../src/client/client.ts';
import { DeployResult } from '../../../src/contract/deploy.ts';
import { DeploymentBody } from '../../../src/contract/deployments.ts';
import { Plan } from '../../../src/contract/plan.ts';
import type { ProgressLine } from '../../../src/contract/progress.ts';
import { Status } from '../../../src/contract/status.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { deployed, end, taskOf, web } from '../../unit/api/records.ts';
import { openApi, type TestApi, until } from '../../unit/api/test-api.ts';

describe('the client and the API', () => {
  let test: TestApi;
  let client: Client;
  beforeEach(async () => {
    test = await openApi();
    client = createClient({ api: `http://127.0.0.1:${test.port}`, token: test.tokens.admin });
  });
  afterEach(() => test.close());

  it('agree on a deploy, streamed and detached', async () => {
    const lines: ProgressLine[] = [];
    const reading = (async () => {
      for await (const line of client.deploy({ services: [web()] })) lines.push(line);
    })();
    await until(async () => (await test.state.deployments.get(1)) !== undefined);
    await end(test, 1, 'succeeded');
    await reading;
    const last = lines.at(-1);
    assert.ok(last?.type === 'result' && last.status === 200);
    const detached = await client.deployDetached({ services: [web({ image: 'acme/web:2' })] });
    assert.equal(DeployResult.parse(detached).services[0]?.deployment, 2);
  });

  it('agree on what is looked at', async () => {
    await deployed(test, web());
    await test.state.store.txn({
      then: [
        test.state.nodes.put({ id: 'local', name: 'local', availability: 'active' }),
        test.state.tasks.put(taskOf()),
      ],
    });
    test.engine.write('web-1-a', { at: 5, stream: 'stdout', text: 'hello' });
    assert.equal(Status.parse(await client.status()).services.length, 1);
    assert.equal(Plan.parse(await client.plan({ services: [web()] })).services[0]?.action, 'none');
    assert.equal((await client.cluster()).node_count, 1);
    assert.equal((await client.whoami()).name, 'admin');
    assert.equal((await client.version()).version, '1.2.3');
    assert.equal((await client.root()).service, 'orca');
    assert.equal((await client.deployments()).total, 1);
    assert.equal(DeploymentBody.parse(await client.deployment(1)).state, 'succeeded');
    const lines: string[] = [];
    for await (const line of client.logs('web', { tail: 5 })) lines.push(line);
    assert.deepEqual(lines, ['1970-01-01T00:00:00.005Z web-1-a hello']);
  });

  it('agree on changes, and on the events they make', async () => {
    await deployed(test, web());
    const { revision } = await test.state.store.status();
    assert.equal((await client.scale('web', 3)).replicas, 3);
    assert.deepEqual((await client.stop('web', 'shop')).stopped, ['web']);
    assert.equal((await client.start('web')).service, 'web');
    assert.deepEqual((await client.stopProject('shop')).stopped, ['web']);
    assert.deepEqual((await client.stopAll()).stopped, ['web']);
    assert.deepEqual((await client.remove('web')).removed, ['web']);
    const reasons: string[] = [];
    for await (const { event, data } of client.events({ after: String(revision) })) {
      assert.equal(event, 'service');
      reasons.push(data.reason);
      if (reasons.length === 5) break;
    }
    assert.match(reasons.join(), /scaled from 1 to 3.*stopped.*started.*stopped.*removed/);
  });

  it('agree on errors: code, sentence and hint arrive', async () => {
    const fails = async (call: Promise<unknown>, code: string) =>
      assert.rejects(call, (error) => error instanceof OrcaError && error.code === code && error.hint !== undefined);
    await fails(client.scale('none', 1), 'not_found');
    await fails(client.plan({ services: [{ name: 'x' }] }), 'invalid');
    const nobody = createClient({ api: client.api, token: 'orca_wrong' });
    await fails(nobody.status(), 'unauthorized');
    const viewer = createClient({ api: client.api, token: test.tokens.viewer });
    await fails(viewer.stopAll(), 'forbidden');
  });
});
