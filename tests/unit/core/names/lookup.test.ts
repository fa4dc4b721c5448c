import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLookup } from '../../../../src/core/names/lookup.ts';
import type { Names } from '../../../../src/core/names/names.ts';

const NAMES: Names = {
  subnet: '10.208.0.0/20',
  projects: [
    { project: 'shop', askers: ['10.208.0.2', '10.208.0.3'] },
    { project: 'billing', askers: ['10.208.0.4'] },
    { project: 'blog', askers: ['10.208.0.5'] },
  ],
  services: [
    {
      project: 'shop',
      name: 'db',
      to: [],
      tasks: [{ task: 'db-1', probed: true, addresses: { shop: '10.208.16.2' } }],
    },
    {
      project: 'shop',
      name: 'web',
      to: ['billing'],
      tasks: [{ task: 'web-1', probed: false, addresses: { shop: '10.208.16.3', billing: '10.208.20.2' } }],
    },
    { project: 'blog', name: 'db', to: [], tasks: [] },
  ],
};
const lookup = createLookup(NAMES);
const tasks = (...told: readonly { task: string; probed: boolean; address: string }[]) => ({
  kind: 'tasks',
  tasks: told,
});
const DB = tasks({ task: 'db-1', probed: true, address: '10.208.16.2' });

test('a service is found by its name and its whole name, however they are spelt', () => {
  for (const name of ['db', 'DB', 'db.shop.internal', 'Db.Shop.INTERNAL']) {
    assert.deepEqual(lookup('10.208.0.2', name), DB, name);
  }
});

test('a short name is that of the project of whoever asks', () => {
  assert.deepEqual(lookup('10.208.0.5', 'db'), tasks());
  assert.deepEqual(lookup('10.208.0.5', 'web'), { kind: 'elsewhere' });
});

test('the service of another project is found where it is granted, by its whole name, at the address of that network', () => {
  assert.deepEqual(
    lookup('10.208.0.4', 'web.shop.internal'),
    tasks({ task: 'web-1', probed: false, address: '10.208.20.2' }),
  );
  assert.deepEqual(lookup('10.208.0.4', 'web'), { kind: 'elsewhere' });
});

test('what is not granted is as unknown as what does not exist', () => {
  for (const name of ['db.shop.internal', 'nobody.shop.internal', 'a.db.shop.internal']) {
    assert.deepEqual(lookup('10.208.0.4', name), { kind: 'unknown' }, name);
  }
});

const UNKNOWN = { kind: 'unknown' };
const ELSEWHERE = { kind: 'elsewhere' };

test('names of others are left alone, those of clouds in .internal too', () => {
  for (const name of [
    'example.com',
    'shop.internal.example.com',
    'notinternal',
    '',
    'db.shop',
    'nobody',
    'metadata.google.internal',
    'google.internal',
    'vm-1.c.acme-prod.internal',
    'vm-1.europe-west1-b.c.acme-prod.internal',
    'ip-10-0-0-1.ec2.internal',
    'IP-10-0-0-1.eu-west-1.Compute.internal',
  ]) {
    assert.deepEqual(lookup('10.208.0.2', name), ELSEWHERE, name);
  }
});

test('whatever else is below .internal is answered here, also where no service has a name', () => {
  const lone = createLookup(undefined);
  for (const name of [
    'web.other.internal',
    'WEB.Other.Internal',
    'other.internal',
    'a.b.c.internal',
    'c.other.internal',
  ]) {
    assert.deepEqual(lookup('10.208.0.2', name), UNKNOWN, name);
    assert.deepEqual(lone('10.208.0.2', name), UNKNOWN, name);
  }
});

test('a project that is called as a zone of a cloud has it for itself', () => {
  const projects = [{ project: 'google', askers: ['10.208.0.2'] }];
  const found = createLookup({ subnet: NAMES.subnet, projects, services: [] });
  assert.deepEqual(found('10.208.0.2', 'metadata.google.internal'), UNKNOWN);
  assert.deepEqual(found('10.208.0.2', 'metadata.ec2.internal'), ELSEWHERE);
});

test('what has names below it exists, and has no address: a cache would take no for an answer to them all', () => {
  for (const name of ['internal', 'shop.internal']) assert.deepEqual(lookup('10.208.0.2', name), tasks(), name);
  assert.deepEqual(lookup('10.208.0.4', 'shop.internal'), tasks(), 'a service of it is granted');
  assert.deepEqual(lookup('10.208.0.5', 'shop.internal'), UNKNOWN);
});

test('who is not known is told nothing of the cluster', () => {
  for (const asker of ['10.208.0.9', '192.0.2.1', '']) {
    assert.deepEqual(lookup(asker, 'db'), ELSEWHERE);
    assert.deepEqual(lookup(asker, 'db.shop.internal'), UNKNOWN);
  }
  assert.deepEqual(createLookup(undefined)('10.208.0.2', 'db'), ELSEWHERE);
});

test('no name, whatever it is, leads to a task of a project that is neither the own nor has granted it', () => {
  const label = fc.constantFrom('db', 'web', 'shop', 'billing', 'blog', 'internal', 'constructor', '__proto__', '');
  const name = fc.array(label, { maxLength: 5 }).map((labels) => labels.join('.'));
  fc.assert(
    fc.property(name, (asked) => {
      const found = lookup('10.208.0.4', asked);
      if (found.kind === 'tasks' && found.tasks.length > 0) assert.equal(asked, 'web.shop.internal');
    }),
  );
});
