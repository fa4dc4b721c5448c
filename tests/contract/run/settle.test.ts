import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';

const root = join(import.meta.dirname, '../../..');
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'orca-settle-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** As tests/run.sh does it: the suite, then what it came to. */
const run = (...again: readonly string[]) => {
  const [record, counts] = [join(folder, 'record'), join(folder, 'counts')];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const reporter = ['--test-reporter=./tests/run/record.ts', `--test-reporter-destination=${record}`];
  spawnSync(process.execPath, ['--test', ...reporter, join(folder, '*.test.mjs')], { cwd: root, env });
  spawnSync(process.execPath, ['tests/run/settle.ts', record, counts, ...again], { cwd: root, env });
  return readFileSync(counts, 'utf8').trim().split('\n');
};

it('runs a file that failed once more, alone, and names what passed then', () => {
  const once = join(folder, 'once');
  const fails = `import { it } from 'node:test'; import { existsSync, writeFileSync } from 'node:fs';
    it('steady', () => {}); it('by load', () => { const was = existsSync('${once}'); writeFileSync('${once}', ''); if (!was) throw new Error('slow'); });`;
  writeFileSync(join(folder, 'a.test.mjs'), fails);
  writeFileSync(
    join(folder, 'b.test.mjs'),
    "import { it } from 'node:test'; it('wrong', () => { throw new Error('wrong'); });",
  );
  const lines = run('again');
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^unsteady: \S*\/a\.test\.mjs: by load$/);
  assert.equal(lines[1], '2 1 0');
  rmSync(once);
  assert.deepEqual(run(), ['1 2 0']);
});

it('runs the file that was run again, not the one that its test stands in', () => {
  const suite =
    "import { it } from 'node:test'; export const suite = () => it('shared', () => { throw new Error('no'); });";
  writeFileSync(join(folder, 'suite.mjs'), suite);
  writeFileSync(join(folder, 'a.test.mjs'), "import { suite } from './suite.mjs'; suite();");
  rmSync(join(folder, 'b.test.mjs'));
  assert.deepEqual(run('again'), ['0 1 0']);
});

it('counts a file that cannot be loaded as failed, also the second time', () => {
  writeFileSync(join(folder, 'a.test.mjs'), "import './missing.mjs';");
  assert.deepEqual(run('again'), ['0 1 0']);
});
