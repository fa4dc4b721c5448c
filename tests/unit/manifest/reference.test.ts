import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { manifestReference, withReference } from '../../../scripts/manifest-reference.ts';
import { ManifestInput } from '../../../src/core/model/schema/file.ts';
import { LATER } from '../../../src/core/model/schema/later.ts';
import { alternatives, keyPaths, schemaAt } from '../../../src/core/model/schema/walk-schema.ts';
import { manifestJsonSchema } from '../../../src/manifest/json-schema.ts';

const page = readFileSync('docs/manifest.md', 'utf8');

test('docs/manifest.md holds the reference made from the schema', () => {
  assert.equal(page, withReference(page), 'run node scripts/manifest-reference.ts');
});

test('every key of the schema has a description and stands in the reference', () => {
  const rows = manifestReference().split('\n');
  for (const { path } of keyPaths(ManifestInput).filter((each) => !each.path.endsWith('*'))) {
    const key = path.replace(/^(services|jobs|volumes)\.\*\./, '');
    const row = rows.find((each) => each.startsWith(`| \`${key}\` |`));
    assert.match(row ?? '', /\| \S.{5,} \|$/, path);
  }
});

test('every path of what is not supported yet leads to a key of the schema', () => {
  for (const { path } of LATER) {
    const schema = schemaAt(ManifestInput, path.split('.'));
    assert.ok(schema && alternatives(schema).length > 0, path);
  }
});

test('the JSON Schema is plain data with defaults, and marks what is not supported yet', () => {
  const schema = JSON.stringify(manifestJsonSchema());
  assert.deepEqual(JSON.parse(schema), manifestJsonSchema());
  const { services } = JSON.parse(schema).properties;
  const keys = services.additionalProperties.properties;
  assert.equal(services.additionalProperties.additionalProperties, false);
  assert.deepEqual([keys.replicas.default, keys.drain_timeout.default, keys.hold.deprecated], [1, '30s', true]);
  assert.deepEqual(services.additionalProperties.required, ['image']);
});
