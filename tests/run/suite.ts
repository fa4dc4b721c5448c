import { createWriteStream, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';
import { cpuByFile, runName } from './cpu.ts';
import { groupFolder, groupText, inGroups } from './groups.ts';
import { isLong, longestFirst, spread } from './order.ts';
import { record } from './record.ts';

/**
 * `suite.ts RECORD FILES-AT-ONCE PATTERN...`: what `node --test` does, but for the order of the files: it sorts them by name,
 * and a long one that comes last then runs alone; for small files, some of which go into one process; and for what computes, which runs beside what waits. RECORD.cpu gets the
 * seconds of CPU by file. Exit code 1 if a test failed.
 */
function main([recorded = '', concurrency = '', ...patterns]: readonly string[]): void {
  const processes = spread(inGroups(longestFirst(patterns.flatMap(filesOf)), isLong), ([file = '']) => file);
  const files = processes.map((files, n) => (files.length === 1 ? String(files[0]) : group(recorded, n, files)));
  const results = run({ files, concurrency: Number(concurrency), execArgv: counted(recorded) });
  process.on('exit', () => writeFileSync(`${recorded}.cpu`, JSON.stringify([...cpuByFile(recorded)])));
  results.on('test:fail', ({ todo }) => {
    if (!todo) process.exitCode = 1;
  });
  results.compose(spec).pipe(process.stdout);
  results.compose(record).pipe(createWriteStream(recorded));
}

function counted(recorded: string): readonly string[] {
  const module = pathToFileURL(join(import.meta.dirname, 'counted.ts'));
  module.searchParams.set('run', runName(recorded));
  return ['--import', module.href];
}

function filesOf(pattern: string): readonly string[] {
  const found = globSync(pattern);
  if (found.length === 0) throw new Error(`no test file is called ${pattern}`);
  return found;
}

function group(recorded: string, n: number, files: readonly string[]): string {
  const file = join(groupFolder(recorded), `${n}.group.mjs`);
  mkdirSync(groupFolder(recorded), { recursive: true });
  writeFileSync(file, groupText(files));
  return file;
}

main(process.argv.slice(2));
