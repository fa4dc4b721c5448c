import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { VOLUME_STATES } from '../../../src/contract/volumes.ts';
import { needsAdmin } from '../../../src/core/model/schema/needs-admin.ts';
import { parseServices } from '../../../src/core/model/schema/parse-services.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';

const page = readFileSync('docs/volumes.md', 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text]) => text ?? '');

test('every example of docs/volumes.md is a manifest that orca takes, and one of them needs an admin', () => {
  const manifests = blocks('yaml').map((text) => parseManifest(text, { file: 'docs/volumes.md' }));
  assert.equal(manifests.length, 4);
  for (const { services, volumes, specs } of manifests)
    assert.deepEqual(parseServices({ services, volumes }), { ok: true, specs });
  assert.deepEqual(
    manifests.map(({ specs }) => specs.flatMap(needsAdmin).length),
    [0, 0, 0, 2],
  );
});

test('the body in docs/volumes.md is one that a deploy takes', () => {
  const [body = ''] = blocks('json');
  const parsed = parseServices(JSON.parse(body));
  assert.ok(parsed.ok, JSON.stringify(parsed));
});

test('docs/volumes.md has every state', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, state]) => state);
  assert.deepEqual(rows, [...VOLUME_STATES]);
});
