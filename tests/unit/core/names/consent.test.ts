import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MayDeployTo, requireConsent } from '../../../../src/core/names/consent.ts';
import type { Internal } from '../../../../src/core/names/networks.ts';
import { tellGrants } from '../../../../src/core/names/tell-grants.ts';

const web = (internal?: Internal) => ({ project: 'shop', name: 'web', internal });
const everybody: MayDeployTo = () => true;
const only =
  (...projects: readonly string[]): MayDeployTo =>
  (project) =>
    project !== undefined && projects.includes(project);

/** `undefined`, or who has not agreed. */
function refused(internal: Internal | undefined, own: readonly (Internal | undefined)[], may: MayDeployTo) {
  try {
    requireConsent(web(internal), own.map(web), may);
    return undefined;
  } catch (error) {
    const { code, message, details } = error as { code: string; message: string; details: { path: string } };
    assert.deepEqual([code, details.path], ['forbidden', 'internal']);
    return /to (\S+|all projects)$/.exec(message)?.[1];
  }
}

test('a grant takes a token for the project that is granted, and one to all takes a token for all', () => {
  assert.equal(refused(['billing'], [], only('shop')), 'billing');
  assert.equal(refused(['billing'], [], only('shop', 'billing')), undefined);
  assert.equal(refused(['billing', 'crm'], [], only('shop', 'billing')), 'crm');
  assert.equal(refused(true, [], only('shop', 'billing', 'crm')), 'all projects');
  assert.equal(refused(true, [], everybody), undefined);
  assert.equal(refused(undefined, [], only('shop')), undefined);
});

test('what was granted stays, whoever deploys: less of it, and the same, but no more', () => {
  assert.equal(refused(['billing'], [['billing', 'crm']], only('shop')), undefined);
  assert.equal(refused(['billing', 'erp'], [['billing', 'crm']], only('shop')), 'erp');
  assert.equal(refused(['billing'], [undefined, ['billing']], only('shop')), undefined, 'as it serves');
  assert.equal(refused(true, [['billing']], only('shop')), 'all projects');
  assert.equal(refused(true, [true], only('shop')), undefined);
  assert.equal(refused(['billing'], [true], only('shop')), undefined);
});

const told = (
  internal: Internal | undefined,
  before: Internal | undefined,
  may: MayDeployTo = everybody,
): readonly string[] =>
  tellGrants({ spec: web(internal), before, projects: new Set(['shop', 'billing', 'crm']), mayDeployTo: may });

test('who comes to reach it, and who no longer does, is told once', () => {
  assert.deepEqual(told(['billing', 'crm'], ['billing', 'crm']), []);
  assert.deepEqual(told(['billing', 'crm'], ['billing']), [
    'the project crm can reach it as web.shop.internal, and its containers can connect to theirs',
  ]);
  assert.deepEqual(told(undefined, ['billing', 'crm']), [
    'the projects billing, crm cannot reach it once this has succeeded: their containers are disconnected, without a restart',
  ]);
  assert.match(told(true, ['billing']).join(), /^all projects but billing can reach it/);
  assert.match(told(['billing'], true).join(), /^all projects but billing cannot reach it/);
  assert.match(told(undefined, true).join(), /^all projects cannot/);
});

test('a project that is not there is told of, to those only who may deploy to it, with the one that was probably meant', () => {
  assert.deepEqual(told(['biling'], ['biling']), [
    '`internal` names the project biling, which has no services yet: did you mean billing?',
  ]);
  assert.deepEqual(told(['biling'], ['biling'], only('shop', 'biling')), [
    '`internal` names the project biling, which has no services yet',
  ]);
  assert.deepEqual(told(['biling'], ['biling'], only('shop')), []);
});
