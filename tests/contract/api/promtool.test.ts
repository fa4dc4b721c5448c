import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { bucketOf } from '../../../src/core/traffic/histogram.ts';
import { NO_TRAFFIC } from '../../../src/core/traffic/traffic.ts';
import { deployed, web } from '../../unit/api/records.ts';
import { openApi } from '../../unit/api/test-api.ts';

/** Prometheus' own check of format, names and units. */
function check(text: string): string {
  const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  assert.equal(error, undefined, 'promtool is in the package prometheus');
  return status === 0 ? '' : `${stdout}${stderr}`;
}

test('Prometheus has nothing to say against the metrics, with a token and without', async (t) => {
  const api = await openApi();
  t.after(() => api.close());
  await deployed(api, web());
  const traffic = { ...NO_TRAFFIC, service: 'shop/web', revision: 1, series: 1, classes: [0, 0, 1, 0, 0, 0] };
  api.traffic.hear('1', [{ ...traffic, seconds: 0.02, buckets: [bucketOf(20), 1] }]);
  for (const as of [undefined, 'admin', 'shopper'] as const) {
    const { text } = await api.ask('GET', '/metrics', { as });
    assert.match(text, /^orca_ingress_requests_total\{class="2xx"/m);
    assert.equal(check(text), '', String(as));
  }
});

test('it would say so', () => {
  assert.match(
    check('# HELP requests Requests.\n# TYPE requests counter\nrequests 1\n'),
    /should have "_total" suffix/,
  );
});
