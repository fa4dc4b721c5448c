import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isMap, isSeq, parseDocument } from 'yaml';
import { ManifestInput } from '../../../src/core/model/schema/file.ts';
import { LATER } from '../../../src/core/model/schema/later.ts';
import { keyPaths } from '../../../src/core/model/schema/walk-schema.ts';
import { ManifestError } from '../../../src/manifest/error.ts';
import { loadManifest } from '../../../src/manifest/load.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';

const FILE = 'orca.yml.example';
const text = readFileSync(FILE, 'utf8');

/** Takes the comment sign from lines that are a key or item, the words after it left as its comment. */
const uncomment = (yaml: string): string => yaml.replaceAll(/^( *)# (?= *(- )?([a-z_]+|[A-Z_]+):(\s|$))/gm, '$1');

/** Key paths of a document, any name as `*`, as the schema gives them. */
function pathsIn(node: unknown, path: string, known: ReadonlySet<string>): string[] {
  if (isSeq(node)) return node.items.flatMap((item) => pathsIn(item, `${path}.*`, known));
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => {
    const own = [path, String(key)].filter((part) => part !== '').join('.');
    const child = known.has(own) ? own : `${path}.*`;
    return [child, ...pathsIn(value, child, known)];
  });
}

test('orca.yml.example is valid', () => {
  const { project, specs } = parseManifest(text, { file: FILE, env: {} });
  assert.deepEqual([project, specs.map(({ name }) => name)], ['shop', ['web', 'admin']]);
});

test('orca.yml.example shows every key of the schema, live or commented out', () => {
  const known = new Set(keyPaths(ManifestInput).map(({ path }) => path));
  const whole = parseDocument(uncomment(text), { uniqueKeys: false });
  assert.deepEqual(whole.errors, []);
  const shown = new Set(pathsIn(whole.contents, '', known));
  assert.deepEqual(
    [...known].filter((path) => !path.endsWith('*') && !shown.has(path)),
    [],
  );
});

test('what is commented out in orca.yml.example is refused, and marked so', () => {
  const live = text.split('\n').map((line) => uncomment(line));
  const issues = issuesOf(live.join('\n').replaceAll(/^ {4}(replicas: 3|build:|domain:.*)$/gm, '    # $1'));
  for (const { path, line, message } of issues.filter(({ message }) => message.includes('not yet supported'))) {
    assert.match(live[line - 1] ?? '', /not yet/, `${path}: ${message}`);
  }
  const refused = new Set(issues.map(({ path }) => path.replace(/^services\.\w+/, 'services.*')));
  const whole = LATER.filter(({ what, path }) => what === undefined && !path.endsWith('sticky')).map(
    ({ path }) => path,
  );
  assert.deepEqual(
    whole.filter((path) => !refused.has(path)),
    [],
  );
});

test('the hello example is valid', () => {
  const { specs } = loadManifest('examples/hello/orca.yml', { env: {} });
  assert.deepEqual(
    specs.map(({ project, name, image, port, domains, health }) => [project, name, image, port, domains, health?.path]),
    [['hello', 'hello', 'orca-hello:1', 8080, ['hello.localhost'], '/']],
  );
});

function issuesOf(manifest: string) {
  try {
    parseManifest(manifest, { file: FILE, env: {} });
  } catch (error) {
    assert.ok(error instanceof ManifestError);
    return error.issues;
  }
  return [];
}
