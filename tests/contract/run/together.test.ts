import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type { Result } from '../../run/record.ts';

const root = join(import.meta.dirname, '../../..');
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'orca-together-'));
  mkdirSync(join(folder, 'tests/unit'), { recursive: true });
});
after(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, body: string) =>
  writeFileSync(
    join(folder, 'tests/unit', `${name}.test.mjs`),
    `import { before, beforeEach, it } from 'node:test'; import { existsSync, writeFileSync } from 'node:fs';\n${body}`,
  );
const passing = (test: string): string => `it('${test}', () => {});`;

/** As tests/run.sh does it. */
function run() {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const [record, counts] = [join(folder, 'record'), join(folder, 'counts')];
  for (const path of [record, `${record}.groups`]) rmSync(path, { recursive: true, force: true });
  const node = (...argv: string[]) => spawnSync(process.execPath, argv, { cwd: folder, env, encoding: 'utf8' });
  const { status } = node(join(root, 'tests/run/suite.ts'), record, '2', 'tests/unit/*.test.mjs');
  const results = readFileSync(record, 'utf8').split('\n').filter(Boolean);
  node(join(root, 'tests/run/settle.ts'), record, counts, 'again');
  return {
    status,
    results: results.map((line) => JSON.parse(line) as Result).map(({ file, name }) => `${file}: ${name}`),
    counts: readFileSync(counts, 'utf8').trim().split('\n'),
  };
}

it('keeps the hooks and the failures of each file to itself, and says whose they are', () => {
  write(
    'a',
    `before(() => { globalThis.begun = 'a'; }); beforeEach(() => { throw new Error('of a'); }); it('one', () => {});`,
  );
  write('b', `import './missing.mjs';`);
  write(
    'c',
    `${passing('two')} it('seen', () => { if (globalThis.begun !== 'a') throw new Error('not in one process'); });`,
  );
  const { status, results, counts } = run();
  assert.equal(status, 1);
  assert.ok(results.includes('tests/unit/a.test.mjs: one'), results.join('\n'));
  assert.ok(results.includes('tests/unit/c.test.mjs: two'), results.join('\n'));
  assert.equal(counts.at(-1), '2 2 0');
});

it('runs what a process did not get to, as it ended by itself, each in one of its own', () => {
  const once = join(folder, 'once');
  write('a', passing('one'));
  write('b', `it('ends', () => { if (!existsSync('${once}')) { writeFileSync('${once}', ''); process.exit(3); } });`);
  write('c', passing('three'));
  const { counts } = run();
  // what a process told last may be lost with it, so that a file before it may have to run again, too
  const again = counts.slice(0, -1).map((line) => line.split(':')[1]?.trim());
  assert.deepEqual(again.slice(-2), ['tests/unit/b.test.mjs', 'tests/unit/c.test.mjs']);
  assert.equal(counts.at(-1), '3 0 0');
});

it('counts a file that ends its process each time as failed, and hides no other', () => {
  write('b', `it('ends', () => process.exit(3));`);
  const { counts } = run();
  assert.equal(counts.at(-1), '2 1 0');
});
