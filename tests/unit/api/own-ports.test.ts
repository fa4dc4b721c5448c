import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import { deployed, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

const INGRESS = 38_081;

async function open(t: TestContext, ingressPorts: () => readonly number[] = () => [INGRESS]): Promise<TestApi> {
  const api = await openApi({ ingressPorts });
  t.after(() => api.close());
  return api;
}

/** What plan and deploy say of it, which is the same. */
async function refusal(api: TestApi, ports: readonly string[]): Promise<string | undefined> {
  const body = { services: [web({ ports })] };
  const plan = (await api.ask('POST', '/api/v1/plan', { as: 'admin', body })).body;
  const answer = (await api.ask('POST', '/api/v1/deploy?wait=false', { as: 'admin', body })).body;
  const [service] = answer.services;
  const refused = service.state === 'refused' ? service.reason : undefined;
  assert.equal(plan.errors[0]?.error, refused);
  return refused;
}

test('plan and deploy refuse a port that orca listens on, an ephemeral one too, on every address, to an admin too', async (t) => {
  const api = await open(t);
  for (const address of ['', '127.0.0.1:', '0.0.0.0:', '[::1]:', '[::]:', '127.9.9.9:']) {
    assert.equal(
      await refusal(api, [`${address}${api.port}:80`]),
      `port ${api.port}/tcp is in use by orca itself: its API listens there`,
      address,
    );
    assert.match((await refusal(api, [`${address}${INGRESS}:80`])) ?? '', /: its ingress listens there$/);
  }
  assert.equal(await refusal(api, [`${api.port}:80/udp`]), undefined);
});

test('where the ingress listens is asked at each decision', async (t) => {
  let ports: readonly number[] = [];
  const api = await open(t, () => ports);
  ports = [38_082];
  assert.match((await refusal(api, ['[::1]:38082:80'])) ?? '', /its ingress listens there$/);
  ports = [];
  assert.equal(await refusal(api, ['[::1]:38082:80']), undefined);
});

test('a service that had the port before orca moved there is told in status, and gets no further container', async (t) => {
  let ports: readonly number[] = [];
  const api = await open(t, () => ports);
  await deployed(api, web({ ports: ['[::1]:38083:80'] }));
  const warnings = async (): Promise<string[]> =>
    (await api.ask('GET', '/api/v1/status', { as: 'admin' })).body.warnings.filter((text: string) =>
      /publishes/.test(text),
    );
  assert.deepEqual(await warnings(), []);
  ports = [38_083];
  assert.match((await warnings())[0] ?? '', /^shop\/web publishes port 38083 on ::1, where orca's ingress listens: /);
  await api.ask('DELETE', '/api/v1/services/web', { as: 'admin' });
  assert.deepEqual(await warnings(), []);
  const start = await api.ask('POST', '/api/v1/services/web/start', { as: 'admin' });
  assert.deepEqual(
    [start.status, start.body.error],
    [409, 'port 38083/tcp is in use by orca itself: its ingress listens there'],
  );
  ports = [];
  assert.equal(
    (await api.ask('POST', '/api/v1/services/web/scale', { as: 'admin', body: { replicas: 0 } })).status,
    200,
  );
  assert.equal((await api.ask('POST', '/api/v1/services/web/start', { as: 'admin' })).status, 200);
  ports = [38_083];
  assert.equal(
    (await api.ask('POST', '/api/v1/services/web/scale', { as: 'admin', body: { replicas: 1 } })).status,
    409,
  );
});

test('an API that cannot listen names the process that does, and the service that has published the port', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  t.after(() => holder.close());
  const { port } = holder.address() as { port: number };
  const api = await open(t);
  const listening = async (): Promise<OrcaError> => {
    const error = await api.api.listen({ host: '127.0.0.1', port }).then(
      () => assert.fail('it listens'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof OrcaError && error.code === 'conflict', String(error));
    return error;
  };
  const before = await listening();
  assert.equal(before.message, `the API cannot listen on 127.0.0.1:${port}: EADDRINUSE`);
  assert.match(before.hint ?? '', new RegExp(`^stop what listens there \\(.* \\(pid ${process.pid}\\)\\), or choose`));
  await deployed(api, web({ ports: [`${port}:80`] }));
  assert.match(
    (await listening()).message,
    /: EADDRINUSE: shop\/web publishes port \d+ on 127\.0\.0\.1, where orca's API/,
  );
});
