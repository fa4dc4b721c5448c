// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { parseServices } from '../../../src/core/model/schema/parse-services.ts';
import { escapeTemplate } from '../../../src/core/model/schema/template.ts';
import type { ServiceSpec } from '../../../src/core/model/service-spec.ts';
import { mapTemplates, textOf } from '../../../src/core/model/templates.ts';
import { parseEnvFile } from '../../../src/manifest/env-file.ts';
import { ManifestError } from '../../../src/manifest/error.ts';
import { loadManifest } from '../../../src/manifest/load.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import type { Env } from '../../../src/manifest/substitute.ts';
import { web } from './broken.ts';

/** As the container gets it. */
const envOf = (lines: string, env: Env) =>
  textsOf(parseManifest(web(`env:\n${lines}`), { file: 'orca.yml', env }).specs);
const textsOf = ([spec]: readonly ServiceSpec[]) => spec && mapTemplates(spec, textOf).env;

test('references are replaced by what they stand for', () => {
  const lines =
    '  A: ${env.X}\n  B: "a${env.X}b${env.Y}"\n  C: ${env.NO:-fall back}\n  D: ${env.EMPTY:-full}\n  E: x${env.EMPTY}y';
  assert.deepEqual(envOf(lines, { X: '1', Y: '2', EMPTY: '' }), {
    A: '1',
    B: 'a1b2',
    C: 'fall back',
    D: 'full',
    E: 'xy',
  });
});

test('two dollars are one, and a lone one is itself', () => {
  assert.deepEqual(envOf('  A: $$\n  B: $${env.X}\n  C: $5\n  D: a$', {}), { A: '$', B: '${env.X}', C: '$5', D: 'a$' });
});

test('what a reference stands for is not looked into again', () => {
  assert.deepEqual(envOf('  A: ${env.X}', { X: '${env.Y} $$ ${secrets.Z}' }), { A: '${env.Y} $$ ${secrets.Z}' });
});

test('names the language knows stand for nothing', () => {
  assert.throws(() => envOf('  A: ${env.constructor}', {}), ManifestError);
});

test('an unquoted reference is a number or boolean where one may stand, and text elsewhere', () => {
  const text = web(
    'port: ${env.PORT}\ninit: ${env.INIT}\nreplicas: ${env.NO:-2}\nenv:\n  PORT: ${env.PORT}\ncommand: [a, "${env.PORT}"]',
  );
  const [spec] = parseManifest(text, { file: 'f', env: { PORT: '080', INIT: 'false' } }).specs;
  assert.deepEqual(
    [spec?.port, spec?.init, spec?.replicas, spec?.env['PORT'], spec?.command],
    [80, false, 2, '080', ['a', '080']],
  );
  assert.throws(() => parseManifest(web('port: "${env.PORT}"'), { file: 'f', env: { PORT: '80' } }), ManifestError);
});

test('numbers and booleans in text are taken as they are written', () => {
  const lines = '  A: 1.10\n  B: True\n  C: 0x1F\n  D: 1e3\n  E: no\n  F: 007\n  G: ""';
  assert.deepEqual(envOf(lines, {}), { A: '1.10', B: 'True', C: '0x1F', D: '1e3', E: 'no', F: '007', G: '' });
  const [spec] = parseManifest(web('command: [sleep, 1.50]\nuser: 1000'), { file: 'f' }).specs;
  assert.deepEqual([spec?.command, spec?.user], [['sleep', '1.50'], '1000']);
});

test('the services of a manifest are a deploy body with the same specs', () => {
  const anyText = fc.oneof(fc.constantFrom('$', '$$', '${env.A}', '${', '$${secrets.A}', 'é', '"', '\n'), fc.string());
  fc.assert(
    fc.property(anyText, anyText, (value, fallback) => {
      if (value.includes('\0')) return;
      const text = `${web(`port: 80\ndomain: a.example.com\nenv:\n  A: \${env.A}\n  B: "x\${env.NO:-y}$$"\n  C: ${JSON.stringify(escapeTemplate(fallback.replaceAll('\0', '')))}`)}`;
      const { services, specs } = parseManifest(text, { file: 'f', env: { A: value } });
      const { A, C } = textsOf(specs) ?? {};
      assert.deepEqual([A, C], [value, fallback.replaceAll('\0', '')]);
      assert.equal(specs[0]?.env['A'], escapeTemplate(value));
      assert.deepEqual(parseServices(JSON.parse(JSON.stringify({ services }))), { ok: true, specs });
    }),
    { numRuns: 200 },
  );
});

test('files of variables: comments, export, quotes', () => {
  const text =
    '\uFEFF# comment\n\nA=1\r\nexport B = two words # comment\nC=\'a "b" $X\' # c\nD="a\\n\\"b\\" # no"\nE=\nF=a#b\nA=last\n';
  assert.deepEqual(parseEnvFile(text), {
    values: { A: 'last', B: 'two words', C: 'a "b" $X', D: 'a\n"b" # no', E: '', F: 'a#b' },
    issues: [],
  });
});

test('files of variables: a row of blanks, however long, is read once', () => {
  const blanks = ' '.repeat(1_000_000);
  assert.deepEqual(parseEnvFile(`A=x${blanks}y\nB=x${blanks}# no\nC=#no\nD=x#y${blanks}#\n`).values, {
    A: `x${blanks}y`,
    B: 'x',
    C: '',
    D: 'x#y',
  });
});

test('files of variables: errors have their line', () => {
  assert.deepEqual(
    parseEnvFile('A=1\nnonsense\n1B=2\nC="open\nD=\'open\n').issues.map(({ line }) => line),
    [2, 3, 4, 5],
  );
});

function folder(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'orca-manifest-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(directory, name), content);
  return directory;
}

test('env files are read beside the manifest; env wins, then the later file', (t) => {
  const at = folder(t, {
    'orca.yml': web('env_file: [a.env, b.env]\nenv: {C: own}'),
    'a.env': 'A=1\nB=a\nC=a\n',
    'b.env': 'B=$b ${env.X} $$\n',
  });
  const manifest = loadManifest(path.join(at, 'orca.yml'), { env: {} });
  assert.deepEqual(textsOf(manifest.specs), { A: '1', B: '$b ${env.X} $$', C: 'own' });
  assert.deepEqual(parseServices({ services: manifest.services }), { ok: true, specs: manifest.specs });
});

test('errors of env files name the file and line, those of reading it the manifest and line', (t) => {
  const at = folder(t, {
    'orca.yml': web('env_file:\n  - bad.env\n  - missing.env\n  - latin1.env\n  - .'),
    'bad.env': 'A=1\n?\n',
    'latin1.env': Buffer.from([0x41, 0x3d, 0xff]),
  });
  assert.throws(
    () => loadManifest(path.join(at, 'orca.yml'), { env: {} }),
    (error) => {
      assert.ok(error instanceof ManifestError);
      const told = error.issues.map(
        ({ file, line, column, message }) => `${path.basename(file)}:${line}:${column} ${message}`,
      );
      assert.deepEqual(told, [
        'orca.yml:7:9 cannot read missing.env: no such file',
        'orca.yml:8:9 cannot read latin1.env: it is not UTF-8',
        'orca.yml:9:9 cannot read .: not a regular file',
        'bad.env:2:1 expected NAME=value',
      ]);
      return true;
    },
  );
});

test('a manifest that cannot be read is told so', (t) => {
  const at = folder(t, {});
  assert.throws(() => loadManifest(path.join(at, 'orca.yml'), { env: {} }), {
    code: 'not_found',
    message: /no such file/,
  });
  assert.throws(() => loadManifest(at, { env: {} }), { code: 'invalid', message: /not a regular file/ });
});
