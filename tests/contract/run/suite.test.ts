import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { countedIn } from '../../lab/cpu.ts';
import { runName } from '../../run/cpu.ts';

const root = join(import.meta.dirname, '../../..');
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'orca-suite-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, body: string) =>
  writeFileSync(join(folder, name), `import { it } from 'node:test'; it('${name}', () => { ${body} });`);

/** As tests/run.sh runs it. */
function run(pattern: string) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const record = join(folder, 'record');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['tests/run/suite.ts', record, '2', join(folder, pattern)],
    { cwd: root, env, encoding: 'utf8' },
  );
  return { status, said: stdout + stderr, record };
}

const recorded = (record: string) =>
  readFileSync(record, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .map(({ name, outcome }) => `${name} ${outcome}`)
    .sort();

it('runs the files, tells what came of each test, and ends with 1 if one failed', () => {
  write('a.test.mjs', '');
  write('b.test.mjs', "throw new Error('as told')");
  const { status, said, record } = run('*.test.mjs');
  assert.equal(status, 1, said);
  assert.match(said, /as told/);
  assert.deepEqual(recorded(record), ['a.test.mjs passed', 'b.test.mjs failed']);
});

it('ends with 0 if none failed', () => {
  assert.equal(run('a.test.mjs').status, 0);
});

it('fails where a pattern finds no file', () => {
  const { status, said } = run('none-*.test.mjs');
  assert.notEqual(status, 0);
  assert.match(said, /no test file is called/);
});

it('counts the CPU of a file with that of all it starts, and leaves no control group', () => {
  const computes = 'const until = performance.now() + 300; while (performance.now() < until);';
  write('a.test.mjs', '');
  writeFileSync(join(folder, 'computes.mjs'), computes);
  const start = `spawnSync(process.execPath, ['${join(folder, 'computes.mjs')}'])`;
  writeFileSync(
    join(folder, 'c.test.mjs'),
    `import { it } from 'node:test'; import { spawnSync } from 'node:child_process'; it('starts', () => void ${start});`,
  );
  const { record } = run('[ac].test.mjs');
  const cpu = new Map<string, number>(JSON.parse(readFileSync(`${record}.cpu`, 'utf8')));
  const of = (name: string) => [...cpu].find(([file]) => file.endsWith(name))?.[1] ?? Number.NaN;
  assert.ok(of('c.test.mjs') > of('a.test.mjs') && of('a.test.mjs') > 0, JSON.stringify([...cpu]));
  assert.ok(!existsSync(countedIn(`/${runName(record)}`)));
});
