import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalPrefix, indexRoutes, matchRoute, stripPrefix } from '../../../../src/core/route/match.ts';

const rule = (host: string, path: string) => ({ host, path, name: `${host}${path}` });
const rules = [rule('a.test', '/'), rule('a.test', '/api'), rule('a.test', '/api/v2'), rule('b.test', '/only')];
const index = indexRoutes(rules);
const find = (host: string, path: string) => matchRoute(index, host, path)?.name;

test('the longest prefix of whole segments wins', () => {
  assert.equal(find('a.test', '/'), 'a.test/');
  assert.equal(find('a.test', '/apix'), 'a.test/');
  assert.equal(find('a.test', '/api'), 'a.test/api');
  assert.equal(find('a.test', '/api/'), 'a.test/api');
  assert.equal(find('a.test', '/api/v1'), 'a.test/api');
  assert.equal(find('a.test', '/api/v2/x'), 'a.test/api/v2');
  assert.equal(find('a.test', '/API'), 'a.test/');
});

test('a host that is not named matches nothing, nor does a path outside every rule of its host', () => {
  assert.equal(find('c.test', '/'), undefined);
  assert.equal(find('xa.test', '/'), undefined);
  assert.equal(find('b.test', '/'), undefined);
  assert.equal(find('b.test', '/onlyy'), undefined);
  assert.equal(find('b.test', '/only/x'), 'b.test/only');
});

test('many hosts are matched as one is', () => {
  const many = indexRoutes(Array.from({ length: 500 }, (_, n) => rule(`h${n}.test`, '/')));
  assert.equal(matchRoute(many, 'h499.test', '/x')?.name, 'h499.test/');
  assert.equal(matchRoute(many, 'h500.test', '/x'), undefined);
});

test('the order of the rules does not matter', () => {
  const path = fc.array(fc.constantFrom('api', 'v1', 'x'), { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(fc.shuffledSubarray(rules, { minLength: rules.length }), path, (shuffled, wanted) => {
      assert.equal(matchRoute(indexRoutes(shuffled), 'a.test', wanted)?.name, find('a.test', wanted));
    }),
  );
});

test('a stripped path always starts with one slash', () => {
  assert.equal(stripPrefix('/', '/x'), '/x');
  assert.equal(stripPrefix('/api', '/api'), '/');
  assert.equal(stripPrefix('/api', '/api/'), '/');
  assert.equal(stripPrefix('/api', '/api/x/y'), '/x/y');
});

test('a rule is matched in the spelling that requests are', () => {
  assert.equal(canonicalPrefix('/'), '/');
  assert.equal(canonicalPrefix('/a%7eb/'), '/a~b');
});
