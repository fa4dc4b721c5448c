// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { imageOf, shownImage } from '../../../../src/core/model/pushed-image.ts';
import { parseServices } from '../../../../src/core/model/schema/parse-services.ts';
import { manifestJsonSchema } from '../../../../src/manifest/json-schema.ts';
import { parseManifest } from '../../../../src/manifest/parse.ts';

const SHA = 'c'.repeat(40);
const parse = (image: string, rest: object = {}) =>
  parseServices({ services: [{ name: 'web', project: 'shop', image, ...rest }] });
const issuesOf = (image: string, rest?: object) => {
  const parsed = parse(image, rest);
  return parsed.ok ? [] : parsed.issues;
};

const GOOD = [
  'acme/web:${push.sha}',
  'acme/web:${push.sha:-main}',
  'acme/web:git-${push.sha:-v1.2}-amd64',
  'registry.example.com:5000/team/app:${push.sha}',
];
const BAD = [
  'acme/${push.sha}',
  '${push.sha}',
  'host:5000/${push.sha:-x}/web',
  'acme/web:${push.sha:-}',
  'acme/web:${push.sha:-a/b}',
  'acme/web:${push.sha:-:x}',
  'acme/web:${push.SHA}',
  'acme/web:${push.branch}',
  'acme/web:${push.sha',
  'acme/web:-${push.sha}',
  `acme/web:\${push.sha}@sha256:${'a'.repeat(64)}`,
  `acme/web:${'x'.repeat(100)}\${push.sha}`,
];

test('a commit stands in a tag, as all of it or a part, and is kept as it is written', () => {
  for (const image of GOOD) {
    const parsed = parse(image);
    assert.ok(parsed.ok, image);
    assert.equal(parsed.specs[0]?.image, image);
  }
});

test('nowhere else, and nothing else that looks like it', () => {
  for (const image of BAD) assert.notDeepEqual(issuesOf(image), [], image);
  const [issue] = issuesOf('acme/web:1', { env: { SHA: '${push.sha}' } });
  assert.match(issue?.message ?? '', /stands only in `image`/);
});

test('a manifest that has it is read as the server reads it, and editors take it too', () => {
  const check = new Ajv2020({ strict: false, logger: false }).compile(manifestJsonSchema());
  for (const image of GOOD) {
    const { specs } = parseManifest(`project: shop\nservices:\n  web:\n    image: "${image}"\n`, { file: 'orca.yml' });
    assert.equal(specs[0]?.image, image);
    assert.ok(check({ project: 'shop', services: { web: { image } } }), image);
  }
  for (const image of ['acme/${push.sha}', 'acme/web:${push.branch}'])
    assert.equal(check({ project: 'shop', services: { web: { image } } }), false, image);
});

test('it stands for the commit, before the first push for its fallback, and else for nothing', () => {
  const image = 'acme/web:git-${push.sha:-main}';
  assert.equal(imageOf({ image, commit: SHA }), `acme/web:git-${SHA}`);
  assert.equal(imageOf({ image }), 'acme/web:git-main');
  assert.equal(imageOf({ image: 'acme/web:${push.sha}' }), undefined);
  assert.equal(shownImage({ image: 'acme/web:${push.sha}' }), 'acme/web:${push.sha}');
  assert.equal(imageOf({ image: 'acme/web:1', commit: SHA }), 'acme/web:1');
});
