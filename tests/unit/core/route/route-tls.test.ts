import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TlsSpec } from '../../../../src/core/model/tls-spec.ts';
import { routeTls } from '../../../../src/core/route/route-tls.ts';

const YEAR = 365 * 86_400_000;

for (const [what, tls, expected] of [
  ['nothing, by default', undefined, undefined],
  ['nothing for a certificate of any source', { mode: 'internal' }, undefined],
  ['no redirect where TLS is off', { mode: 'off' }, { redirect: 'never' }],
  ['no redirect where none is wanted', { mode: 'auto', redirect: false }, { redirect: 'never' }],
  ['a redirect in any case where one is wanted', { mode: 'auto', redirect: true }, { redirect: 'always' }],
  [
    'what browsers are to be told',
    { mode: 'auto', hsts: { maxAge: YEAR, subdomains: true, preload: true } },
    { redirect: 'certified', hsts: 'max-age=31536000; includeSubDomains; preload' },
  ],
] as const satisfies readonly (readonly [string, TlsSpec | undefined, unknown])[]) {
  test(`a route says ${what}`, () => assert.deepEqual(routeTls(tls), expected));
}
