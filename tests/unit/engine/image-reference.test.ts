import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseImageReference } from '../../../src/engine/image-reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test('image names are read as Docker reads them', () => {
  const cases: Record<string, [repository: string, tag?: string | undefined, digest?: string]> = {
    nginx: ['nginx'],
    'nginx:1.27': ['nginx', '1.27'],
    'docker.io/library/nginx:1': ['nginx', '1'],
    'index.docker.io/acme/shop': ['acme/shop'],
    'acme/shop:1.4.2': ['acme/shop', '1.4.2'],
    'library/nginx': ['nginx'],
    'localhost:5000/shop': ['localhost:5000/shop'],
    '127.0.0.1:5000/a/b_c/d-e:v1': ['127.0.0.1:5000/a/b_c/d-e', 'v1'],
    [`registry.example.com/shop@${digest}`]: ['registry.example.com/shop', undefined, digest],
    [`shop:1@${digest}`]: ['shop', '1', digest],
  };
  for (const [text, [repository, tag, pinned]] of Object.entries(cases)) {
    assert.deepEqual(parseImageReference(text), { repository, tag, digest: pinned }, text);
  }
});

test('what is no image name is refused', () => {
  for (const text of [
    '',
    'Nginx',
    'a b',
    'a//b',
    '../a',
    'a:',
    'a@sha256:1',
    'a?x=1',
    'a#b',
    '/a',
    'http://a/b',
    digest,
  ]) {
    assert.equal(parseImageReference(text), undefined, text);
  }
});
