import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpPort, staleSettings } from '../../../../src/core/route/settings.ts';

test('settings that are the same are not stale', () => {
  assert.equal(staleSettings({ http: '[::]:80', access_log: 'on' }, { http: '[::]:80', access_log: 'on' }), undefined);
});

test('each setting that differs is told with what is in force and what was asked for', () => {
  const inForce = { http: '[::]:80', access_log: 'on', trusted_proxies: '' };
  const wanted = { http: '[::]:8080', access_log: 'on', trusted_proxies: '10.0.0.0/8' };
  assert.equal(
    staleSettings(inForce, wanted),
    'http is "[::]:80", not "[::]:8080"; trusted_proxies is "", not "10.0.0.0/8"',
  );
});

test('a setting that only one side knows is passed over', () => {
  assert.equal(staleSettings({}, { http: '[::]:80' }), undefined);
  assert.equal(staleSettings({ old: 'x' }, { http: '[::]:80' }), undefined);
});

test('the port of plain HTTP is that of any address form, and none where it is off', () => {
  const ports = ['[::]:80', '127.0.0.1:8080', 'off', ':', 'x', '[::]:0'].map((http) => httpPort({ http }));
  assert.deepEqual([...ports, httpPort({})], [80, 8080, undefined, undefined, undefined, undefined, undefined]);
});

test('a long value is cut', () => {
  assert.ok((staleSettings({ http: 'x'.repeat(10_000) }, { http: '[::]:80' })?.length ?? 0) < 300);
});
