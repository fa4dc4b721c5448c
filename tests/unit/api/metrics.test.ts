import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CATALOGUE, type Definition, NAMING } from '../../../src/api/metrics/catalogue.ts';
import { API_POOL } from '../../../src/core/route/api-route.ts';
import { bucketOf } from '../../../src/core/traffic/histogram.ts';
import { NO_TRAFFIC } from '../../../src/core/traffic/traffic.ts';
import { deployed, taskOf, web } from './records.ts';
import { type Asked, openApi, type TestApi } from './test-api.ts';

/** `name{labels}` and its value, of each line that is no comment. */
const seriesOf = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text.split('\n').flatMap((line) => {
      const [, series, value] = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      return series === undefined ? [] : [[series, Number(value)]];
    }),
  );

describe('GET /metrics', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
    await deployed(test, web({ replicas: 2 }));
    await deployed(test, web({ project: 'other' }));
    await test.state.store.txn({ then: [test.state.tasks.put(taskOf())] });
    test.world.serve(taskOf());
    const webhook = { id: 'h1', repo: 'acme/shop', branch: 'main', project: 'shop', services: ['web'], secret: 'x' };
    const delivery = {
      webhook: 'h1',
      key: 'k1',
      delivery: 'd1',
      at: 5,
      provider: 'github',
      event: 'push',
      digest: 'abc',
      outcome: 'deployed',
      reason: 'done',
      deployments: [1],
      turn: 1,
      queuedAt: 5,
    } as const;
    await test.state.store.txn({
      then: [
        test.state.webhooks.put({ ...webhook, createdBy: 'admin', createdAt: 5, turns: 1 }),
        test.state.deliveries.put(delivery),
        test.state.deliveries.put({ ...delivery, key: 'k2', outcome: 'ignored' }),
      ],
    });
    const { value } = (await test.state.deployments.get(1)) ?? assert.fail();
    const canary = { step: 1, of: 3, weight: 5, by: 'client', at: 5, reachedAt: 6 } as const;
    const running = { ...value, id: 90, state: 'paused', from: 1, to: 2, canary } as const;
    const over = { ...value, id: 91, project: 'other', state: 'superseded', from: 1, to: 2, canary } as const;
    await test.state.store.txn({ then: [running, over].map((one) => test.state.deployments.put(one)) });
    const counted = (service: string, revision: number, requests: number) => ({
      ...NO_TRAFFIC,
      service,
      revision,
      series: revision,
      classes: [1, 0, requests - 3, 0, 0, 2],
      failed: 1,
      errors: 2,
      seconds: 1.5,
      buckets: [bucketOf(3), requests - 1, bucketOf(1500), 1],
    });
    const ofServices = [counted('shop/web', 0, 5), counted('shop/web', 1, 100), counted('other/web', 1, 10)];
    test.traffic.hear('1', [...ofServices, counted(API_POOL, 0, 50)]);
  });
  after(() => test.close());

  const read = async (asked: Asked = {}) => {
    const { status, headers, text } = await test.ask('GET', '/metrics', asked);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    return seriesOf(text);
  };

  it('tells sums without a token, and names nothing', async () => {
    const sums = await read();
    assert.equal(sums.get('orca_replicas_wanted'), 3);
    assert.equal(sums.get('orca_replicas_running'), 1);
    assert.equal(sums.get('orca_tasks{state="running"}'), 1);
    assert.equal(sums.get('orca_tasks{state="stopping"}'), 0);
    assert.equal(sums.get('orca_webhooks'), 1);
    assert.equal(sums.get('orca_webhook_deliveries{outcome="ignored"}'), 1);
    assert.equal(sums.get('orca_webhook_deliveries{outcome="failed"}'), 0);
    assert.equal(sums.get('orca_services{status="stopped"}'), 0);
    assert.equal(sums.get('orca_ingress_requests_total{class="2xx"}'), 106);
    assert.equal(sums.get('orca_ingress_requests_total{class="none"}'), 3);
    assert.equal(sums.get('orca_ingress_failed_requests_total'), 3);
    assert.equal(sums.get('orca_ingress_request_duration_seconds_bucket{le="0.001953125"}'), 0);
    assert.equal(sums.get('orca_ingress_request_duration_seconds_bucket{le="0.00390625"}'), 112);
    assert.equal(sums.get('orca_ingress_request_duration_seconds_bucket{le="2"}'), 115);
    assert.equal(sums.get('orca_ingress_request_duration_seconds_bucket{le="+Inf"}'), 115);
    assert.equal(sums.get('orca_ingress_request_duration_seconds_count'), 115);
    assert.equal(sums.get('orca_ingress_request_duration_seconds_sum'), 4.5);
    for (const series of sums.keys()) assert.doesNotMatch(series, /shop|web"|other|project|revision|process_|nodejs_/);
  });

  it('tells the parts of the same sums with a token, and of the process', async () => {
    const parts = await read({ as: 'viewer' });
    const of = 'project="shop",service="web"';
    assert.equal(parts.get(`orca_replicas_wanted{${of}}`), 2);
    assert.equal(parts.get(`orca_ingress_requests_total{class="2xx",${of},revision="1"}`), 97);
    assert.equal(parts.get(`orca_ingress_requests_total{class="5xx",${of},revision="none"}`), 2);
    assert.equal(parts.get(`orca_ingress_request_duration_seconds_count{${of},revision="1"}`), 100);
    assert.equal(parts.get('orca_webhook_deliveries{outcome="deployed",project="shop"}'), 1);
    assert.deepEqual(
      [...parts].filter(([series]) => series.startsWith('orca_canary_')),
      [
        [`orca_canary_share_ratio{${of},revision="1"}`, 0.95],
        [`orca_canary_share_ratio{${of},revision="2"}`, 0.05],
      ],
    );
    assert.ok((parts.get('process_resident_memory_bytes') ?? 0) > 1e6);
    assert.ok((parts.get('process_open_fds') ?? 0) > 3);
    assert.ok((parts.get('nodejs_eventloop_active_seconds_total') ?? 0) > 0);
    const sums = await read();
    for (const [name, definition] of Object.entries(CATALOGUE) as [string, Definition][]) {
      if (definition.whole || definition.named) continue;
      const total = (all: ReadonlyMap<string, number>) =>
        [...all].reduce((sum, [series, value]) => (/^\w+/.exec(series)?.[0].startsWith(name) ? sum + value : sum), 0);
      assert.equal(total(parts), total(sums), name);
    }
  });

  it('has all of its labels and metrics from the catalogue', async () => {
    const parts = await read({ as: 'admin' });
    const definitions: [string, Definition][] = Object.entries(CATALOGUE);
    const seen = new Set<string>();
    for (const series of [...parts.keys(), ...(await read()).keys()]) {
      const name = series.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, '');
      const definition = definitions.find(([known]) => known === name)?.[1];
      assert.ok(definition, series);
      seen.add(name);
      const labels = [...series.matchAll(/(\w+)="/g)].map(([, label]) => label ?? '').filter((label) => label !== 'le');
      const isSum = !labels.some((label) => NAMING.includes(label));
      const wanted = definition.labels.filter((label) => !(isSum && NAMING.includes(label)));
      assert.deepEqual(labels.toSorted(), wanted.toSorted(), series);
    }
    assert.deepEqual([...seen].toSorted(), definitions.map(([name]) => name).toSorted());
  });

  it('tells a token for some projects those alone', async () => {
    const own = await read({ as: 'shopper' });
    assert.ok(own.size > 10);
    for (const series of own.keys()) assert.match(series, /project="shop"/);
  });

  it('refuses a wrong token', async () => {
    assert.equal((await test.ask('GET', '/metrics', { authorization: 'Bearer nobody' })).status, 401);
    assert.equal((await test.ask('GET', '/metrics', { as: 'expired' })).status, 401);
  });

  it('answers HEAD like GET', async () => {
    const { status, text } = await test.ask('HEAD', '/metrics');
    assert.deepEqual([status, text], [200, '']);
  });
});
