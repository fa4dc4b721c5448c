import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { indexRoutes, matchRoute, stripPrefix } from '../../../../src/core/route/match.ts';
import { normalisePath } from '../../../../src/core/route/path.ts';

const SAME = [
  '/',
  '/a',
  '/a/',
  '/a/b.c',
  '/a:b@c',
  '/%20',
  '/a%2Fb',
  '/;v=1',
  '/a;b/c',
  '/...',
  '/.well-known/x',
  '/%252e%252e',
];
const CHANGED: Readonly<Record<string, string>> = {
  '//': '/',
  '//evil.test/x': '/evil.test/x',
  '/a//b///c': '/a/b/c',
  '/./a': '/a',
  '/a/.': '/a/',
  '/a/..': '/',
  '/a/../b': '/b',
  '/a/b/../../c/': '/c/',
  '/%61dmin': '/admin',
  '/%7Euser': '/~user',
  '/a/%2e%2E/b': '/b',
  '/a/.%2e/b': '/b',
  '/%c3%a4': '/%C3%A4',
  '/a%2fb': '/a%2Fb',
};
const REFUSED = [
  '',
  'a',
  '*',
  '/..',
  '/a/../..',
  '/%2e%2e/',
  '/%',
  '/%4',
  '/%zz',
  '/%00',
  '/a%5cb',
  '/a\\b',
  '/a b',
  '/a#b',
  '/\u00e4',
  '/a\u0001',
  '/..;/admin',
  '/a/..;x=1/b',
  '/.;/a',
  '/a/..%2fadmin',
  '/a/%2e%2e%2fadmin',
  '/x%2f..%2fy',
  '/x%2f..',
];

test('a path that has one meaning is left as it is', () => {
  for (const path of SAME) assert.equal(normalisePath(path), path);
});

test('other spellings of a path become the one', () => {
  for (const [path, normal] of Object.entries(CHANGED)) assert.equal(normalisePath(path), normal, path);
});

test('a path that servers read differently is refused', () => {
  for (const path of REFUSED) assert.equal(normalisePath(path), undefined, path);
});

const part = fc.constantFrom(
  'a',
  'api',
  'admin',
  '.',
  '..',
  '',
  '%2e',
  '%2E%2e',
  '%61pi',
  '%2f',
  ';x',
  '..;',
  '%252e',
  '%',
  'b%2f',
);
const paths = fc.array(part, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`);
const index = indexRoutes(['/', '/api', '/admin', '/api/a'].map((path) => ({ host: 'h', path })));

test('normalising twice is normalising once, and finds the same route', () => {
  fc.assert(
    fc.property(paths, (path) => {
      const once = normalisePath(path);
      if (once === undefined) return;
      assert.equal(normalisePath(once), once);
      assert.equal(matchRoute(index, 'h', once), matchRoute(index, 'h', normalisePath(once) ?? ''));
    }),
    { numRuns: 5000 },
  );
});

test('a path is read by an ordinary URL parser as the route it was matched by', () => {
  fc.assert(
    fc.property(paths, (path) => {
      const normal = normalisePath(path);
      if (normal === undefined) return;
      const url = new URL(normal, 'http://h');
      assert.equal(url.host, 'h');
      assert.equal(matchRoute(index, 'h', url.pathname), matchRoute(index, 'h', normal));
    }),
    { numRuns: 5000 },
  );
});

test('a stripped prefix cannot be escaped from', () => {
  fc.assert(
    fc.property(paths, (path) => {
      const normal = normalisePath(`/api${path}`);
      const route = normal === undefined ? undefined : matchRoute(index, 'h', normal);
      if (normal === undefined || route === undefined || route.path === '/') return;
      const stripped = stripPrefix(route.path, normal);
      assert.match(stripped, /^\/(?!\/)/);
      assert.equal(normalisePath(stripped), stripped);
      assert.ok(!stripped.split('/').includes('..'));
    }),
    { numRuns: 5000 },
  );
});
