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

test('names of others are left alone, those of clouds in .internal too', () => {
  for (const name of [
    'example.com',
    'metadata.google.internal',
    'shop.internal',
    'internal',
    '',
    'db.shop',
    'nobody',
  ]) {
    assert.deepEqual(lookup('10.208.0.2', name), { kind: 'elsewhere' }, name);
  }
});

test('who is not known is told nothing of the cluster', () => {
  for (const asker of ['10.208.0.9', '192.0.2.1', '']) {
    for (const name of ['db', 'db.shop.internal']) assert.deepEqual(lookup(asker, name), { kind: 'elsewhere' });
  }
  assert.deepEqual(createLookup(undefined)('10.208.0.2', 'db'), { kind: 'elsewhere' });
});

test('no name, whatever it is, leads to a task of a project that is neither the own nor has granted it', () => {
  const label = fc.constantFrom('db', 'web', 'shop', 'billing', 'blog', 'internal', 'constructor', '__proto__', '');
  const name = fc.array(label, { maxLength: 5 }).map((labels) => labels.join('.'));
  fc.assert(
    fc.property(name, (asked) => {
      const found = lookup('10.208.0.4', asked);
      if (found.kind === 'tasks') assert.equal(asked, 'web.shop.internal');
    }),
  );
});
