import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { blamed } from './blamed.ts';
import { filesIn, groupFolder } from './groups.ts';
import type { Result } from './record.ts';
import { slowest } from './slowest.ts';
import { failedFiles, tally } from './tally.ts';

/**
 * `settle.ts RECORD COUNTS [again]`: what a suite came to, from what `record.ts` wrote. With `again` each file of which
 * something failed is run once more, alone. COUNTS gets the slow files and the unsteady tests; its last line is
 * `passed failed skipped`.
 */
function main([recorded = '', counts = '', again]: readonly string[]): void {
  const first = blamed(read(recorded), groupsOf(recorded));
  const second = new Map(again === 'again' ? failedFiles(first).map((file) => [file, runAlone(file, recorded)]) : []);
  const { passed, failed, skipped, unsteady } = tally(first, second);
  writeFileSync(
    counts,
    [...slowest(first, cpuOf(recorded)), ...unsteady, `${passed} ${failed} ${skipped}`, ''].join('\n'),
  );
}

function runAlone(file: string, recorded: string): readonly Result[] {
  const record = `${recorded}.again`;
  const reporters = ['spec', join(import.meta.dirname, 'record.ts')].map((name) => `--test-reporter=${name}`);
  const destinations = ['stdout', record].map((name) => `--test-reporter-destination=${name}`);
  rmSync(record, { force: true });
  console.log(`== once more, alone: ${file}`);
  const argv = ['--test', ...reporters, ...destinations, file];
  const { status } = spawnSync(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
  const results = read(record);
  const told = status === 0 || results.some(({ outcome }) => outcome === 'failed');
  return told ? results : [];
}

/** Of small files that ran in one process it is known together. */
function cpuOf(recorded: string): ReadonlyMap<string, number> {
  const path = `${recorded}.cpu`;
  const groups = groupsOf(recorded);
  const name = (file: string) =>
    groups.has(file) ? `${groups.get(file)?.length} small files from ${groups.get(file)?.[0]}` : file;
  const counted: [string, number][] = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
  return new Map(counted.map(([file, used]) => [name(file), used]));
}

const groupsOf = (recorded: string): ReadonlyMap<string, readonly string[]> =>
  new Map(
    globSync(join(groupFolder(recorded), '*')).map((file) => [
      relative(process.cwd(), file),
      filesIn(readFileSync(file, 'utf8')),
    ]),
  );

const read = (path: string): readonly Result[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Result)
    : [];

main(process.argv.slice(2));
