// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIssues, ManifestError, type ManifestIssue } from '../../../src/manifest/error.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { BROKEN as OTHERS, web } from './broken.ts';
import { BROKEN_CANARY } from './broken-canary.ts';

const BROKEN = [...OTHERS, ...BROKEN_CANARY];

const MARK = '@@';

function issuesOf(text: string | Uint8Array): readonly ManifestIssue[] {
  try {
    parseManifest(text, { file: 'orca.yml', env: {} });
  } catch (error) {
    assert.ok(error instanceof ManifestError, `threw ${error}`);
    return error.issues;
  }
  return [];
}

/** Places of the marks, counted without the parser's help. */
function marks(marked: string): { text: string; places: string[] } {
  const parts = marked.split(MARK);
  const places = parts.slice(0, -1).map((_, i) => {
    const before = parts.slice(0, i + 1).join('');
    return `${before.split('\n').length}:${before.length - before.lastIndexOf('\n')}`;
  });
  return { text: parts.join(''), places };
}

test('there are a hundred broken manifests', () => {
  assert.ok(BROKEN.length >= 100);
  assert.equal(new Set(BROKEN.map(({ name }) => name)).size, BROKEN.length);
});

for (const { name, text: marked, path, message, hint } of BROKEN) {
  test(`broken manifest: ${name}`, () => {
    const { text, places } = marks(marked);
    const issues = issuesOf(text);
    assert.deepEqual(
      issues.map(({ line, column }) => `${line}:${column}`),
      places,
      formatIssues(issues),
    );
    for (const issue of issues) {
      assert.equal(issue.path, path);
      assert.match(issue.message, message);
      if (hint) assert.match(issue.hint ?? '', hint);
      assert.doesNotMatch(formatIssues([issue]), /Invalid input|undefined|\n\s+at /);
    }
  });
}

test('all errors of a file are told at once, in its order', () => {
  const text =
    'projct: a\nproject: B\nservices:\n  web:\n    prot: 1\n    image: X\n    domain: a.example.com\n    replicas: 2\n    replicas: x\n    env: {A: "${env.NO}"}\n';
  assert.deepEqual(
    issuesOf(text).map(({ line, path }) => `${line} ${path}`),
    [
      '1 projct',
      '2 project',
      '5 services.web.prot',
      '6 services.web.image',
      '7 services.web.domain',
      '9 services.web.replicas',
      '10 services.web.env.A',
    ],
  );
});

test('a byte that is not UTF-8 is shown where it stands', () => {
  const bytes = Buffer.concat([Buffer.from('project: shop\n# \u00e4\u20ac '), Buffer.from([0xff]), Buffer.from('\n')]);
  const [issue] = issuesOf(bytes);
  assert.deepEqual([issue?.line, issue?.column], [2, 6]);
  assert.match(issue?.message ?? '', /not UTF-8/);
});

test('an error reads as file, line, column, key, what is wrong, and what to write', () => {
  assert.equal(
    formatIssues(issuesOf(web('resources: {memory: 4g}'))),
    'orca.yml:5:25: services.web.resources.memory: expected a size such as 512Mi or 1G, found "4g"\n    did you mean 4G or 4Gi?\n',
  );
});

test('one error is the message of the whole, several are counted', () => {
  const messageOf = (text: string) => {
    try {
      parseManifest(text, { file: 'orca.yml' });
    } catch (error) {
      return error instanceof ManifestError ? [error.code, error.message] : [];
    }
    return [];
  };
  assert.deepEqual(messageOf(web('port: 0')), [
    'invalid',
    'orca.yml:5:11: services.web.port: expected a whole number from 1 to 65535, found 0',
  ]);
  assert.deepEqual(messageOf(web('port: 0\nreplicas: x')), ['invalid', 'orca.yml has 2 errors']);
});
