// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseServices } from '../../../src/core/model/schema/parse-services.ts';
import { ManifestError } from '../../../src/manifest/error.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { web } from './broken.ts';

/** Parses or fails with issues that have a place; anything else thrown is a bug. */
function outcome(input: string | Uint8Array): readonly string[] {
  try {
    parseManifest(input, { file: 'orca.yml', env: { A: '1' } });
    return [];
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    assert.ok(error.issues.length >= 1 && error.issues.length <= 100);
    for (const { line, column } of error.issues) assert.ok(line >= 1 && column >= 1);
    return error.issues.map(({ message }) => message);
  }
}

const MIB = 1024 * 1024;
const laughs = (levels: number): string =>
  Array.from({ length: levels }, (_, i) => `a${i}: &a${i} [${i === 0 ? 'lol' : `${`*a${i - 1},`.repeat(9)}`}]`).join(
    '\n',
  );

test('billion laughs are refused, not expanded', () => {
  assert.match(outcome(laughs(12)).join(), /more than 1000 aliases/);
});

test('a few aliases are fine', () => {
  assert.deepEqual(outcome(web('env: &e {A: 1}\nlabels: *e')), []);
});

test('hostile documents are refused', () => {
  const flood = (unit: string): string => unit.repeat(Math.floor((MIB - 10) / unit.length));
  const documents: Readonly<Record<string, string>> = {
    'lists 100,000 deep': '['.repeat(100_000),
    'block lists 100,000 deep': '- '.repeat(100_000),
    'block keys 700 deep': Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    'a string of 1 MiB': flood('a'),
    'a quoted string of 1 MiB': `"${flood('a')}"`,
    quotes: flood('"'),
    tabs: flood('\t'),
    'line ends': flood('\r\n'),
    'empty items': `[${flood(',')}`,
    'different keys': Array.from({ length: 90_000 }, (_, i) => `a${i}: 1`).join('\n'),
    anchors: flood('&a '),
    tags: flood('!a '),
    directives: flood('%A\n'),
    aliases: `a: &a 1\nb: [${'*a,'.repeat(100_000)}]`,
    references: `project: "${flood('${')}"`,
    dollars: `project: "${flood('$')}"`,
    services: `project: a\nservices:\n${Array.from({ length: 30_000 }, (_, i) => `  a${i}: {}`).join('\n')}`,
    'over 1 MiB': 'a'.repeat(MIB + 1),
  };
  for (const [name, text] of Object.entries(documents)) {
    assert.notDeepEqual(outcome(text.slice(0, name === 'over 1 MiB' ? undefined : MIB)), [], name);
  }
});

test('a line of commas, however long, is looked through once for what its error hints at', () => {
  const commas = ','.repeat(MIB - 100);
  for (const [text, hint] of [
    [`a: "${commas}" x\n`, undefined],
    [`a: "{\${${commas}" x\n`, /put quotes around/],
    [`a: "\${,${commas}" x\n`, undefined],
  ] as const) {
    assert.throws(
      () => parseManifest(text, { file: 'orca.yml' }),
      ({ issues: [issue] }: ManifestError) =>
        hint ? hint.test(issue?.hint ?? '') : issue !== undefined && issue.hint === undefined,
    );
  }
});

test('no prototype is touched by any key', () => {
  outcome('__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\nservices: {__proto__: {polluted: 1}}\n');
  parseServices(
    JSON.parse(
      '{"services":[{"__proto__":{"polluted":1},"env":{"__proto__":"1","constructor":"2"}}],"__proto__":{"polluted":1}}',
    ),
  );
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('names the language knows are only names', () => {
  const { specs } = parseManifest(
    'project: constructor\nservices:\n  constructor: {image: nginx, env: {toString: a, hasOwnProperty: b}}\n',
    { file: 'f' },
  );
  assert.deepEqual([specs[0]?.name, Object.keys(specs[0]?.env ?? {})], ['constructor', ['toString', 'hasOwnProperty']]);
});

test('a byte order mark and Windows line ends change nothing', () => {
  const plain = web('port: 80\ncommand: |\n  a\n  b');
  const parse = (text: string) => parseManifest(text, { file: 'f' }).specs;
  assert.deepEqual(parse(`\uFEFF${plain.replaceAll('\n', '\r\n')}`), parse(plain));
  assert.deepEqual(parseManifest(Buffer.from(`\uFEFF${plain}`), { file: 'f' }).specs, parse(plain));
});

const KEYS = ['project', 'services', 'web', 'image', 'env', 'port', 'deploy', 'health', 'command', '<<', '__proto__'];
const BITS = [
  ...KEYS,
  ':',
  ': ',
  '- ',
  '\n',
  '\n  ',
  '\n    ',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  "'",
  '|',
  '>',
  '&a ',
  '*a',
  '!t ',
  '%',
  '#',
  '---',
  '...',
  '?',
  '\t',
  '\r',
  '\0',
  '${env.A}',
  '${',
  '$$',
  '\uD800',
  '\uFEFF',
  '1',
  'true',
  '~',
  'nginx',
];

test('whatever the text, parsing ends in a manifest or in errors with a place', () => {
  const yamlLike = fc
    .array(fc.oneof(fc.constantFrom(...BITS), fc.string({ maxLength: 5 })), { maxLength: 60 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(yamlLike, fc.string({ unit: 'binary', maxLength: 200 })), (text) => void outcome(text)),
    { numRuns: 500 },
  );
});

test('whatever the bytes, parsing ends in a manifest or in errors with a place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void outcome(bytes)),
    { numRuns: 300 },
  );
});

test('a valid manifest with a stretch overwritten ends in a manifest or in errors with a place', () => {
  const valid = web(
    'port: 80\ndomain: a.example.com\nhealth: {path: /up, interval: 5s}\nenv: {A: "${env.A}"}\nports: ["90:80"]',
  );
  const mutation = fc.tuple(fc.nat(valid.length), fc.nat(10), fc.constantFrom(...BITS));
  fc.assert(
    fc.property(mutation, ([at, length, bit]) => void outcome(valid.slice(0, at) + bit + valid.slice(at + length))),
    { numRuns: 500 },
  );
});

test('whatever the body, parsing services ends in specs or in issues', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom(...KEYS), tie('value')),
      fc.constant(undefined),
    ),
  })).value;
  const body = fc.oneof(
    value,
    fc.record({ services: fc.array(fc.dictionary(fc.constantFrom(...KEYS, 'name'), value), { maxLength: 4 }) }),
  );
  fc.assert(
    fc.property(body, (input) => {
      const parsed = parseServices(input);
      assert.ok(parsed.ok ? parsed.specs.length > 0 : parsed.issues.length > 0);
    }),
    { numRuns: 300 },
  );
});
