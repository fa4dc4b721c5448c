import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServices } from '../../../src/core/model/schema/parse-services.ts';
import { ManifestError } from '../../../src/manifest/error.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';

function refusalOf(text: string): ManifestError {
  try {
    parseManifest(text, { file: 'orca.yml' });
  } catch (error) {
    assert.ok(error instanceof ManifestError);
    return error;
  }
  return assert.fail('it was taken');
}

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');
const manifest = (keys: string): string => `project: shop\nservices:\n  web:\n    image: nginx:1\n${keys}`;

const FLOODS: Readonly<Record<string, string>> = {
  'unknown keys': manifest(lines(301, (i) => `    key${i}: 1\n`)),
  'unknown keys of the file': `${manifest('')}${lines(301, (i) => `key${i}: 1\n`)}`,
  'keys that stand there twice': manifest(`    env:\n      A: b\n${lines(301, () => '      A: b\n')}`),
  'variables that are not set': manifest(`    env:\n${lines(301, (i) => `      A${i}: \${env.NOT_SET_${i}}\n`)}`),
  'references that are none': manifest(`    env:\n${lines(301, (i) => `      A${i}: \${b.c}\n`)}`),
};

for (const [what, text] of Object.entries(FLOODS)) {
  test(`all of 301 ${what} are counted, and the first hundred told`, () => {
    const { message, issues, total, details } = refusalOf(text);
    assert.equal(message, 'orca.yml has 301 errors, of which these are the first 100');
    assert.deepEqual([issues.length, total, details?.['total']], [100, 301, 301]);
    const places = issues.map(({ line }) => line);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
  });
}

test('up to a hundred are all told, and the number needs no word beside it', () => {
  const { message, issues } = refusalOf(manifest(lines(100, (i) => `    key${i}: 1\n`)));
  assert.equal(message, 'orca.yml has 100 errors');
  assert.equal(issues.length, 100);
});

test('of a body all are counted, too', () => {
  const keys = Object.fromEntries(Array.from({ length: 301 }, (_, i) => [`key${i}`, 1]));
  const parsed = parseServices({ services: [{ name: 'web', image: 'nginx:1', ...keys }] });
  assert.ok(!parsed.ok);
  assert.equal(parsed.issues.length + parsed.unlisted, 301);
});
